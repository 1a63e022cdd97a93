package cache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sedlab/framework/cache"
)

// dieInPut stores an entry and kills its process after the n-th step. A third
// argument says to replace, with grownFiles, and whether folders can be exchanged.
func dieInPut(args []string) error {
	dir, n := args[0], 0
	if _, err := fmt.Sscan(args[1], &n); err != nil {
		return err
	}
	c, err := openIn(dir)
	if err != nil {
		return err
	}
	store, write := c.Put, writeFiles
	if len(args) > 2 {
		store, write = c.Replace, writeGrown
	}
	if slices.Contains(args, "renames") {
		c.WithoutExchange()
	}
	c.OnStep(func(step string) {
		if n--; n == 0 {
			fmt.Println(step)
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	key, meta := ingredients("glo")
	return errors.Join(store(cache.Priors, key, meta, write), c.Close())
}

func TestKilledPutIsAllOrNothing(t *testing.T) {
	key, _ := ingredients("glo")
	for n := 1; ; n++ {
		dir := t.TempDir()
		child := process(t, "die-in-put", dir, fmt.Sprint(n))
		step, err := child.Output()
		c := open(t, dir)
		switch {
		case err == nil:
			if n < 8 {
				t.Errorf("only %d steps", n-1)
			}
			whole(t, c, cache.Priors, key)
			return
		case strings.TrimSpace(string(step)) == "renamed":
			whole(t, c, cache.Priors, key)
		default:
			missing(t, c, cache.Priors, key)
		}
		put(t, c, cache.Priors, "glo")
		whole(t, c, cache.Priors, key)
		if list := names(t, dir, "damaged"); len(list) > 0 {
			t.Errorf("killed after %s: %v was set aside", step, list)
		}
	}
}

// trainOnce gets an entry or, if there is none, trains it under its lock, and
// adds a line to a file when it does.
func trainOnce(args []string) (err error) {
	c, err := openIn(args[0])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	key, meta := ingredients("glo")
	lock, err := c.Lock(context.Background(), string(key), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if e, err := c.Get(cache.Priors, key); e != nil || err != nil {
		return err
	}
	f, err := os.OpenFile(args[1], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, os.Getpid())
	return errors.Join(err, f.Close(), c.Put(cache.Priors, key, meta, writeFiles))
}

func TestEightProcessesTrainOnce(t *testing.T) {
	dir, trained := t.TempDir(), filepath.Join(t.TempDir(), "trained")
	var all sync.WaitGroup
	for range 8 {
		child := process(t, "train-once", dir, trained)
		all.Go(func() {
			if err := child.Run(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	lines, err := os.ReadFile(trained)
	if err != nil || bytes.Count(lines, []byte("\n")) != 1 {
		t.Errorf("trained by %q (%v), want by one", lines, err)
	}
	key, _ := ingredients("glo")
	whole(t, open(t, dir), cache.Priors, key)
}

// holdLock takes a lock, says so, and keeps it until its standard input ends.
func holdLock(args []string) error {
	c, err := openIn(args[0])
	if err != nil {
		return err
	}
	if _, err := c.Lock(context.Background(), "glo", nil); err != nil {
		return err
	}
	fmt.Println("locked")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err // with the lock held: the end of the process releases it
}

// holder starts a process that holds the lock glo, and returns its pid and how to kill it.
func holder(t *testing.T, dir string) (pid int, kill func()) {
	t.Helper()
	child := process(t, "hold-lock", dir)
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, len("locked\n"))); err != nil {
		t.Fatal(err)
	}
	return child.Process.Pid, sync.OnceFunc(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
		_ = stdin.Close()
	})
}

func TestLockNamesHolderAndOutlivesIt(t *testing.T) {
	dir := t.TempDir()
	pid, kill := holder(t, dir)
	defer kill()
	c := open(t, dir)
	if lock, who, err := c.TryLock("glo"); lock != nil || err != nil || who.PID != pid || !strings.Contains(who.String(), fmt.Sprint(pid)) {
		t.Fatalf("try: %v, %v, %v; want process %d", lock, who, err, pid)
	}
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Lock(short, "glo", nil); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), fmt.Sprint(pid)) {
		t.Errorf("lock with a deadline: %v", err)
	}
	told := 0
	lock, err := c.Lock(t.Context(), "glo", func(who cache.Holder) {
		if told++; who.PID != pid {
			t.Errorf("waits for %v, want process %d", who, pid)
		}
		kill()
	})
	if err != nil || told != 1 {
		t.Fatalf("lock of a killed process: %v, told %d times", err, told)
	}
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	if lock, who, err := c.TryLock("glo"); lock == nil || who != nil || err != nil {
		t.Errorf("try after unlock: %v, %v, %v", lock, who, err)
	}
}

func TestLockExcludesGoroutines(t *testing.T) {
	c := open(t, t.TempDir())
	var inside atomic.Int32
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			lock, err := c.Lock(t.Context(), "x", func(cache.Holder) {})
			if err != nil {
				t.Error(err)
				return
			}
			if inside.Add(1) != 1 {
				t.Error("two hold one lock")
			}
			time.Sleep(time.Millisecond)
			inside.Add(-1)
			if err := lock.Release(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestLockNames(t *testing.T) {
	c := open(t, t.TempDir())
	for _, name := range []string{"", "../x", "a/b", ".", "a b", "ä", strings.Repeat("x", 300)} {
		if _, _, err := c.TryLock(name); err == nil {
			t.Errorf("name %q was taken", name)
		}
	}
}
