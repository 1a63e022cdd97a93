//go:build !race && linux

package confined

const skip = ""
