package runner

import "time"

// A message about progress is due once another 1/parts is done, or after mostPause.
const (
	parts     = 20
	mostPause = 30 * time.Second
)

// pace decides when the log says how far something is.
type pace struct {
	what string // is in progress
	done int    // when the last message was due
	last time.Time
}

// due reports whether a message is due. The first and the last always are.
func (p *pace) due(what string, done, total int) bool {
	now := time.Now()
	same := p.what == what && done >= p.done
	if same && done != total && (done-p.done)*parts < total && now.Sub(p.last) < mostPause {
		return false
	}
	*p = pace{what, done, now}
	return true
}
