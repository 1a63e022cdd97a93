package lease

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"sedlab/internal/regular"
)

// Holder says who holds a lease, for people and for programs that look on.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Job     string    `json:"job,omitempty"` // of a cluster; see Job
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
	// Beat is when the holder last changed its file, by the clock of the file system.
	Beat time.Time `json:"heartbeat,omitzero"`
	// Doubted says that Watch did not find out whether the holder is alive.
	Doubted bool `json:"doubted,omitempty"`

	here   bool
	length time.Duration // of the lease
}

// Here reports whether the holder is known to be alive, because it runs on this machine.
func (h Holder) Here() bool { return h.here }

// String names the holder: process 12 on host since 2006-01-02 15:04:05 (sedlab run quickstart).
func (h Holder) String() string {
	if h.PID == 0 {
		return "a process that could not sign"
	}
	return fmt.Sprintf("process %d on %s since %s (%s)", h.PID, h.Host, h.Since.Local().Format(time.DateTime), h.Command)
}

// signature is the content of a lease's file, before its beat.
type signature struct {
	Holder
	Process identity `json:"process"`
	Seconds float64  `json:"lease_seconds"`
}

// identity distinguishes processes, of all those that have run on the same boot of a
// machine; Boot is empty where that is unknown.
type identity struct {
	Boot      string `json:"boot"`
	Namespace string `json:"pid_namespace"`
	Start     string `json:"start"` // of the process, in ticks since the boot
}

// A beat is a number at the end of the file.
const (
	beatFormat = "%015d\n"
	beatBytes  = 16
)

// me returns the signature of this process.
func me(length time.Duration) signature {
	host, _ := os.Hostname() // for people, and as a further mark of the machine
	return signature{
		Holder:  Holder{PID: os.Getpid(), Host: host, Job: Job(), Since: time.Now().UTC(), Command: strings.Join(os.Args, " ")},
		Process: thisProcess(), Seconds: length.Seconds(),
	}
}

var thisProcess = sync.OnceValue(func() identity { return identify(os.Getpid()) })

func (s signature) sign() []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts and numbers
	}
	return fmt.Appendf(append(text, '\n'), beatFormat, 0)
}

// Job names the job of a cluster that the process is part of: that of Slurm, with the index of
// its array, or the pod and the index of Kubernetes; "" outside of any.
func Job() string {
	if id := os.Getenv("SLURM_ARRAY_JOB_ID"); id != "" {
		return id + "_" + os.Getenv("SLURM_ARRAY_TASK_ID")
	}
	if id := os.Getenv("SLURM_JOB_ID"); id != "" {
		return id
	}
	if index := os.Getenv("JOB_COMPLETION_INDEX"); index != "" {
		return os.Getenv("HOSTNAME") + "/" + index
	}
	return ""
}

// found is a lease that someone holds.
type found struct {
	signature
	file string
	as   string // the content and the time of the file, which only mean that something has changed
}

// read returns the lease in a folder, or nil if there is none.
func read(dir string) (*found, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), ".") { // of NFS, for a removed file that a process has open
			continue
		}
		l := &found{file: e.Name()}
		path := filepath.Join(dir, e.Name())
		text, err := regular.Read(path, 1<<20)
		info, failed := os.Lstat(path)
		switch err = errors.Join(err, failed); {
		case errors.Is(err, fs.ErrNotExist): // given back meanwhile
			continue
		case errors.Is(err, syscall.ESTALE):
			return nil, err
		case err == nil && len(text) > beatBytes && json.Unmarshal(text[:len(text)-beatBytes], &l.signature) == nil:
			l.Doubted = false
			l.Beat, l.length = info.ModTime().UTC(), time.Duration(l.Seconds*float64(time.Second))
		}
		if failed == nil {
			l.as = string(text) + fmt.Sprint(info.ModTime().UnixNano())
		}
		return l, nil
	}
	return nil, nil
}

// dead reports whether the holder of a lease counts as dead. It notes what it has seen.
func (f *Folder) dead(name string, l *found) bool {
	if l.length <= 0 {
		l.length = f.Length
	}
	return l.gone() || f.sightings().silent(filepath.Join(f.Dir, name), l)
}

// gone reports whether the holder is known to have ended: it ran on the same boot of this
// machine, and there is no such process.
func (l *found) gone() bool {
	now := me(0)
	if now.Process.Boot == "" || l.Host != now.Host || l.Process.Boot != now.Process.Boot || l.Process.Namespace != now.Process.Namespace {
		return false
	}
	if l.PID == now.PID && l.Process == now.Process {
		_, l.here = own.Load(l.file)
		return !l.here
	}
	if errors.Is(syscall.Kill(l.PID, 0), syscall.ESRCH) {
		return true
	}
	there := identify(l.PID)
	l.here = there.Start == l.Process.Start
	return there.Start != "" && !l.here
}

// Holder returns who holds the lease of a name, or nil if nobody does who may be alive.
func (f *Folder) Holder(name string) (h *Holder, err error) {
	err = retried(func() error {
		l, err := read(filepath.Join(f.Dir, name))
		if l == nil || err != nil || f.dead(name, l) {
			return err
		}
		h = &l.Holder
		return nil
	})
	return h, err
}

// Holders returns who holds which lease, by its name.
func (f *Folder) Holders() (map[string]Holder, error) {
	list, err := os.ReadDir(f.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	all, there := map[string]Holder{}, map[string]bool{}
	for _, e := range list {
		if !e.IsDir() {
			continue
		}
		there[filepath.Join(f.Dir, e.Name())] = true
		h, err := f.Holder(e.Name())
		if err != nil {
			return nil, err
		}
		if h != nil {
			all[e.Name()] = *h
		}
	}
	f.sightings().keep(f.Dir, there)
	return all, nil
}

// retried repeats what fails because a file of a network file system was replaced.
func retried(do func() error) (err error) {
	for pause := time.Millisecond; pause < 100*time.Millisecond; pause *= 2 {
		if err = do(); !errors.Is(err, syscall.ESTALE) {
			return err
		}
		time.Sleep(pause)
	}
	return err
}
