package app

import (
	"testing"
	"time"
)

// LookOften makes Followers look at submitted runs more often during a test.
func LookOften(t *testing.T) {
	pause := workPause
	workPause = 10 * time.Millisecond
	t.Cleanup(func() { workPause = pause })
}
