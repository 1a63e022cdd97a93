//go:build race || !linux

package confined

const skip = "processes cannot be confined here"
