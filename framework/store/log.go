package store

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"strings"

	"sedlab/internal/disk"
)

// runLog appends to a run's log. Each line ends in a sum: the first half of the SHA-256 of
// everything before the sum in the file. So a change anywhere shows in the next line.
type runLog struct {
	file *disk.File
	sum  hash.Hash // of the file so far; nil if that is unknown after a failed write
}

// maxLine is the length of the longest line whose sum is looked at. Others are covered by
// the sums of the lines after them.
const maxLine = 1 << 20

// openLog opens a log to append to it. A line that a dead process has not finished is
// ended.
func openLog(path string) (*runLog, error) {
	f, err := disk.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	l := &runLog{file: f}
	if err := l.rehash(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

// rehash sums up the file as it is, and ends its last line.
func (l *runLog) rehash() error {
	sum, last := sha256.New(), &lastByte{'\n'}
	if _, err := io.Copy(io.MultiWriter(sum, last), io.NewSectionReader(l.file, 0, math.MaxInt64)); err != nil {
		return err
	}
	if last.b != '\n' {
		if _, err := l.file.Write([]byte{'\n'}); err != nil {
			return err
		}
		sum.Write([]byte{'\n'})
	}
	l.sum = sum
	return nil
}

type lastByte struct{ b byte }

func (l *lastByte) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.b = p[len(p)-1]
	}
	return len(p), nil
}

// Write appends a line, a JSON object, with its sum.
func (l *runLog) Write(line []byte) (int, error) {
	if l.sum == nil {
		if err := l.rehash(); err != nil {
			return 0, err
		}
	}
	text := bytes.TrimSuffix(line, []byte("}\n"))
	l.sum.Write(text)
	end := fmt.Appendf(nil, sumKey+"%s\"}\n", half(l.sum))
	l.sum.Write(end)
	if _, err := l.file.Write(append(text, end...)); err != nil {
		l.sum = nil
		return 0, err
	}
	return len(line), nil
}

// mark makes the log durable and returns the half sum of all of it.
func (l *runLog) mark() (string, error) {
	if l.sum == nil {
		if err := l.rehash(); err != nil {
			return "", err
		}
	}
	return half(l.sum), l.file.Sync()
}

func (l *runLog) close() error { return errors.Join(l.file.Sync(), l.file.Close()) }

func half(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)[:sha256.Size/2]) }

// sumKey is before the sum of a line. It cannot be in a text, whose quotes are escaped.
const sumKey = `,"sum":"`

// checkLog reads a log and returns an error if it is not as it was written. mark is what
// runLog.mark returned when the manifest was written; ended says that nothing was logged
// after that. If it did not end, the last line may be cut, with zeros after it.
func checkLog(log io.Reader, mark string, ended bool) error {
	in, sum := bufio.NewReaderSize(log, maxLine), sha256.New()
	reached, whole := half(sum) == mark, true // whole: nothing unknown comes after the last sum
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			sum.Write(line)
			line, err = in.ReadSlice('\n')
		}
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return err
		}
		at := bytes.LastIndex(line, []byte(sumKey))
		if at < 0 {
			at = len(line)
		}
		sum.Write(line[:at])
		want, end := sumKey+half(sum)+"\"}\n", string(line[at:])
		sum.Write(line[at:])
		switch {
		case end == want:
			whole = true
		case len(end) == len(want) && strings.HasSuffix(end, "\"}\n"):
			return fmt.Errorf("line %d, or one before it, was changed", n)
		case len(line) > 0:
			whole = last && !ended && strings.HasPrefix(want, strings.TrimRight(end, "\x00"))
		}
		if half(sum) == mark {
			reached, whole = true, true
		}
		if last {
			break
		}
	}
	switch {
	case !reached:
		return errors.New("was changed or cut")
	case !whole, ended && half(sum) != mark:
		return errors.New("was changed at its end")
	}
	return nil
}
