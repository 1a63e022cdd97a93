package store

import (
	"bytes"
	"encoding/json"
	"math"
	"time"

	"sedlab/internal/record"
)

// epochTail is how much of the end of a log LoggedEpochs reads, in bytes.
const epochTail = 256 << 10

// LoggedEpochs returns the epochs that the log of the run in dir tells of since a time, without
// the hash of their prior. A run in progress has no table of them yet.
func LoggedEpochs(dir string, since time.Time) (list []record.Training) {
	for _, line := range bytes.Split(tail(dir, LogFile, epochTail), []byte("\n")) {
		var l struct {
			Time          time.Time
			Msg, Prior    string
			Epoch         int32
			Loss, Seconds float64
		}
		if json.Unmarshal(line, &l) == nil && l.Msg == LogEpoch && l.Epoch > 0 && !l.Time.Before(since) {
			nan := math.NaN()
			list = append(list, record.Training{
				Prior: l.Prior, Epoch: l.Epoch, Loss: l.Loss, Seconds: l.Seconds,
				LRGenerator: nan, LRCodes: nan, KeptLoss: nan, ValidationLoss: nan,
			})
		}
	}
	return list
}
