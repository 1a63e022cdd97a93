package app

import "sedlab/framework/store"

// AttemptShown is the record of a process that did a share of a run's work, with what people want
// to see of it.
type AttemptShown struct {
	store.Attempt
	Log []string // the last lines, if something failed
}

// Bounds of the records that are shown of a run.
const (
	overviewAttempts = 500
	overviewLogs     = 20 // whose last lines are shown, of the newest
)

// attemptsShown adds logs to those attempts in which something failed.
func attemptsShown(list []store.Attempt) []AttemptShown {
	shown, logs := make([]AttemptShown, len(list)), 0
	for i := len(list) - 1; i >= 0; i-- {
		shown[i].Attempt = list[i]
		if (list[i].Error != "" || len(list[i].Failed) > 0) && logs < overviewLogs {
			shown[i].Log, logs = list[i].LogTail(logLines), logs+1
		}
	}
	return shown
}
