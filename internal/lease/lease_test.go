package lease_test

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sedlab/internal/disk"
	"sedlab/internal/lease"
)

// short is the length of leases in these tests: long beside the delays of a busy machine.
const short = 600 * time.Millisecond

func folder(t *testing.T) *lease.Folder {
	t.Helper()
	dir, tmp := t.TempDir(), t.TempDir()
	return &lease.Folder{Dir: dir, Tmp: tmp, Mode: 0o777, Length: short}
}

// beside returns the same folder as another process sees it, that knows no lease yet.
func beside(f *lease.Folder) *lease.Folder {
	return &lease.Folder{Dir: f.Dir, Tmp: f.Tmp, Mode: f.Mode, Length: f.Length}
}

func take(t *testing.T, f *lease.Folder, name string) *lease.Lease {
	t.Helper()
	l, h, err := f.Try(name)
	if l == nil || err != nil {
		t.Fatalf("try: %v, %v", h, err)
	}
	return l
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// foreign makes the lease that is held seem to be that of a process on another machine.
func foreign(t *testing.T, f *lease.Folder, name string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(f.Dir, name, "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	host, _ := os.Hostname()
	other := strings.Replace(string(text), `"host":"`+host+`"`, `"host":"`+strings.Repeat("x", len(host))+`"`, 1)
	if err := errors.Join(err, os.WriteFile(files[0], []byte(other), 0o666)); err != nil || other == string(text) {
		t.Fatalf("%v: %s", err, text)
	}
}

func TestReleaseLeavesNothing(t *testing.T) {
	t.Parallel()
	f := folder(t)
	for range 3 {
		l := take(t, f, "x")
		if other, h, err := beside(f).Try("x"); other != nil || err != nil || h.PID != os.Getpid() {
			t.Errorf("try of what is held: %v, %v, %v", other, h, err)
		}
		if err := errors.Join(l.Held(), l.Release()); err != nil {
			t.Error(err)
		}
		if left := append(list(t, f.Dir), list(t, f.Tmp)...); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	}
}

// A holder on another machine keeps its lease as long as its file changes, and loses it
// after that, but not before a lease's length has passed for who watches.
func TestSilenceIsDeath(t *testing.T) {
	f := folder(t)
	l := take(t, f, "x")
	foreign(t, f, "x")
	watch := beside(f)
	for began := time.Now(); time.Since(began) < 2*short; time.Sleep(short / 10) {
		if got, _, err := watch.Try("x"); got != nil || err != nil {
			t.Fatalf("the lease of a living process was taken: %v", err)
		}
	}
	stop := disk.Watch(func(c disk.Change) error { // the holder cannot reach its file
		if c.Op == disk.OpCreate && strings.HasPrefix(c.Path, f.Dir) {
			return syscall.EIO
		}
		return nil
	})
	defer stop()
	time.Sleep(short / 4) // for the beat that may be on its way
	fresh := beside(f)
	silent := time.Now()
	got := (*lease.Lease)(nil)
	for got == nil {
		var err error
		if got, _, err = fresh.Try("x"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(short / 50)
	}
	if took := time.Since(silent); took < short {
		t.Errorf("taken after %v of silence, want at least %v", took, short)
	}
	stop()
	select {
	case <-l.Lost():
	case <-time.After(2 * short):
		t.Error("the holder did not notice")
	}
	if err := l.Held(); !errors.Is(err, lease.ErrLost) {
		t.Errorf("held: %v", err)
	}
	if err := errors.Join(l.Release(), got.Held(), got.Release()); err != nil {
		t.Error(err)
	}
}

// Neither clocks nor times of files matter: only whether the file changes.
func TestClocksDoNotMatter(t *testing.T) {
	t.Parallel()
	f := folder(t)
	l := take(t, f, "x")
	foreign(t, f, "x")
	files, _ := filepath.Glob(filepath.Join(f.Dir, "x", "*"))
	watch := beside(f)
	for i, began := 0, time.Now(); time.Since(began) < 2*short; i++ {
		at := time.Now().Add(time.Duration(i%5-2) * 1000 * time.Hour) // years ago, or to come
		if err := os.Chtimes(files[0], at, at); err != nil {
			t.Fatal(err)
		}
		if got, _, err := watch.Try("x"); got != nil || err != nil {
			t.Fatalf("taken: %v", err)
		}
		time.Sleep(short / 10)
	}
	if err := errors.Join(l.Held(), l.Release()); err != nil {
		t.Error(err)
	}
}

// A reader whose copy of the file is late, as with the caches of NFS, takes no lease away
// from the living if the delay is less than a few beats.
func TestLateReaders(t *testing.T) {
	t.Parallel()
	f := folder(t)
	l := take(t, f, "x")
	foreign(t, f, "x")
	late := beside(f)
	late.Dir = t.TempDir()
	copied := func() { // what the reader sees until the next copy
		if err := errors.Join(os.RemoveAll(filepath.Join(late.Dir, "x")), os.CopyFS(filepath.Join(late.Dir, "x"), os.DirFS(filepath.Join(f.Dir, "x")))); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		copied()
		for began := time.Now(); time.Since(began) < short/2; time.Sleep(short / 20) {
			if h, err := late.Holder("x"); h == nil || err != nil {
				t.Fatalf("a living holder counts as dead: %v", err)
			}
		}
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}

// On a full disk no lease is taken, a lease that is held stays, and it is given back.
func TestFullDisk(t *testing.T) {
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		f := folder(t)
		l := take(t, f, "x")
		foreign(t, f, "x")
		stop := disk.Watch(func(c disk.Change) error {
			if c.Op == disk.OpWrite || c.Op == disk.OpOver {
				return full
			}
			return nil
		})
		watch := beside(f)
		for began := time.Now(); time.Since(began) < 3*short/2; time.Sleep(short / 10) {
			if got, _, err := watch.Try("x"); got != nil || err != nil {
				t.Fatalf("taken: %v", err)
			}
		}
		if got, _, err := watch.Try("y"); got != nil || !errors.Is(err, full) {
			t.Errorf("a new lease: %v, %v", got, err)
		}
		if err := errors.Join(l.Held(), l.Release()); err != nil {
			t.Error(err)
		}
		stop()
		if left := append(list(t, f.Dir), list(t, f.Tmp)...); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
		if err := take(t, watch, "y").Release(); err != nil {
			t.Error(err)
		}
	}
}

// ESTALE comes and goes: it is tried again.
func TestStaleHandles(t *testing.T) {
	f := folder(t)
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	stale := 0
	defer disk.Watch(func(c disk.Change) error {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(20) == 0 {
			stale++
			return syscall.ESTALE
		}
		return nil
	})()
	for range 200 {
		l, h, err := f.Try("x")
		if l == nil || err != nil {
			t.Fatalf("%v, %v", h, err)
		}
		if err := errors.Join(l.Held(), l.Release()); err != nil {
			t.Fatal(err)
		}
	}
	if stale < 10 {
		t.Errorf("only %d stale handles", stale)
	}
}

// Over NFS, a change may be made and report an error, when the first answer was lost.
func TestChangesThatWereMade(t *testing.T) {
	f := folder(t)
	defer disk.Watch(func(c disk.Change) error {
		switch c.Op {
		case disk.OpRename:
			return errors.Join(os.Rename(c.Path, c.To), fs.ErrNotExist)
		case disk.OpMkdir:
			return errors.Join(os.Mkdir(c.Path, 0o777), fs.ErrExist)
		}
		return nil
	})()
	for range 2 {
		l := take(t, f, "x")
		if err := errors.Join(l.Held(), l.Release()); err != nil {
			t.Error(err)
		}
	}
	if left := list(t, f.Dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// NFS gives a file that is removed while a process has it open another name in its folder. If
// that process is paused, or its machine dies, the name stays; the lease can be taken all the same.
func TestRemovedFilesThatStay(t *testing.T) {
	f := folder(t)
	stays := 0
	defer disk.Watch(func(c disk.Change) error {
		if c.Op != disk.OpRemove {
			return nil
		}
		if info, err := os.Lstat(c.Path); err != nil || info.IsDir() {
			return nil
		}
		stays++
		if err := os.Rename(c.Path, filepath.Join(filepath.Dir(c.Path), fmt.Sprintf(".nfs%d", stays))); err != nil {
			return err
		}
		return disk.ErrSkip
	})()
	dead := take(t, f, "x")
	dead.Die()
	for range 3 {
		l := take(t, f, "x")
		if err := l.Release(); err != nil {
			t.Error(err)
		}
	}
	if left := list(t, f.Dir); len(left) != 0 || stays != 4 {
		t.Errorf("left: %v, after %d files that stay", left, stays)
	}
}

// At no time do two live processes hold one lease, though some die while they do.
func TestOneHolder(t *testing.T) {
	t.Parallel()
	f := folder(t)
	var inside, taken atomic.Int32
	var all sync.WaitGroup
	end := time.Now().Add(time.Second)
	for range 16 {
		own := beside(f)
		all.Go(func() {
			for time.Now().Before(end) || taken.Load() < 20 { // that takes longer over NFS
				l, _, err := own.Try("x")
				if err != nil {
					t.Error(err)
					return
				}
				if l == nil {
					time.Sleep(time.Millisecond)
					continue
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d hold one lease", n)
				}
				time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
				inside.Add(-1)
				taken.Add(1)
				if rand.IntN(5) == 0 {
					l.Die()
					continue
				}
				if err := errors.Join(l.Held(), l.Release()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := take(t, f, "x").Release(); err != nil { // perhaps of one that has died
		t.Error(err)
	}
	if left := append(list(t, f.Dir), list(t, f.Tmp)...); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// asHolder makes the test binary a process that takes the lease x of a folder, and says
// what becomes of it.
const asHolder = "LEASE_TEST_HOLDER"

func TestMain(m *testing.M) {
	dir := os.Getenv(asHolder)
	if dir == "" {
		os.Exit(m.Run())
	}
	f := &lease.Folder{Dir: filepath.Join(dir, "locks"), Tmp: filepath.Join(dir, "tmp"), Mode: 0o777, Length: short}
	l, h, err := f.Try("x")
	fmt.Println("took", l != nil, h, err)
	<-l.Lost()
	fmt.Println("lost", l.Held(), l.Release())
}

// holder starts a process that holds x, and returns what it prints.
func holder(t *testing.T) (*lease.Folder, *exec.Cmd, *bufio.Scanner) {
	t.Helper()
	dir := t.TempDir()
	f := &lease.Folder{Dir: filepath.Join(dir, "locks"), Tmp: filepath.Join(dir, "tmp"), Mode: 0o777, Length: short}
	self, err := os.Executable()
	if err := errors.Join(err, os.Mkdir(f.Dir, 0o777), os.Mkdir(f.Tmp, 0o777)); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env, c.Stderr = append(os.Environ(), asHolder+"="+dir), os.Stderr
	out, err := c.StdoutPipe()
	if err := errors.Join(err, c.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "took true") {
		t.Fatalf("holder: %q", lines.Text())
	}
	return f, c, lines
}

// A killed process on this machine is known to be dead at once, even before its parent has
// noticed.
func TestKilledHolder(t *testing.T) {
	t.Parallel()
	f, c, _ := holder(t)
	if l, h, err := f.Try("x"); l != nil || err != nil || h.PID != c.Process.Pid {
		t.Fatalf("%v, %v, %v; want process %d", l, h, err, c.Process.Pid)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if runtimeKnowsProcesses() {
		f.Length = time.Hour
	}
	l, err := f.Take(t.Context(), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Release(); err != nil {
		t.Error(err)
	}
}

func runtimeKnowsProcesses() bool {
	_, err := os.Stat("/proc/self/stat")
	return err == nil
}

// A process that is paused for longer than its lease loses it, and notices when it goes on.
func TestPausedHolder(t *testing.T) {
	t.Parallel()
	f, c, lines := holder(t)
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	l, err := f.Take(t.Context(), "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || lines.Text() != "lost "+lease.ErrLost.Error()+" <nil>" {
		t.Errorf("the paused process says %q", lines.Text())
	}
	if err := errors.Join(c.Wait(), l.Held(), l.Release()); err != nil {
		t.Error(err)
	}
	if left := append(list(t, f.Dir), list(t, f.Tmp)...); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
