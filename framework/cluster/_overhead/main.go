//go:build linux

// Overhead measures what sedlab itself takes of the processor time of processes that share short cells, for
// docs/cluster.md:
//
//	go run ./framework/cluster/_overhead
//
// With arguments it is sedlab with a score that counts for a millisecond.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"sedlab/catalog"
	"sedlab/framework/cli"
	"sedlab/reports/scores"
)

const (
	processes = 8
	busy      = "SEDLAB_BUSY" // processor time that the score takes, such as 1ms
	spec      = `name: short
dataset: {source: synthetic, size: 100}
priors: {zero: {kind: zero}}
problem: {operator: denoising}
evaluate: {signals: 1, keep: 0}
sweep: {problem.noise.l2: {from: 1, to: %d, step: 1}, seeds.problem: {from: 1, to: %d, step: 1}}
`
)

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 {
		c := catalog.Default()
		c.Scores = append(c.Scores, scores.Kind{Column: scores.Column{Name: "busy", Role: scores.Diagnostic}, Version: 1, Score: count})
		os.Exit(cli.Main(c, os.Args[1:], os.Stdout, os.Stderr))
	}
	fmt.Println("                     solving,     its share, of   the rest,  that of one process,  if all is done,")
	fmt.Println("noise levels  seeds  ms a cell    processor time  ms a cell  ms a cell             µs a cell")
	for _, n := range [][2]int{{10_000, 1}, {100, 100}, {1000, 1}} {
		cells := float64(n[0] * n[1])
		alone, zero, _ := measure(n[0], n[1], 1, "0s")
		all, _, done := measure(n[0], n[1], processes, "1ms")
		solving := cells/1000 + zero
		fmt.Printf("%12d  %5d  %9.3f  %15.1f%%  %9.2f  %19.2f  %16.1f\n", n[0], n[1], 1000*solving/cells, 100*solving/all,
			1000*(all-solving)/cells, 1000*(alone-zero)/cells, 1e6*done/cells)
	}
}

var sink uint64

// count counts until a thread has had its processor time.
func count(scores.Case) float64 {
	wanted, err := time.ParseDuration(os.Getenv(busy))
	if err != nil {
		log.Fatalf("%s: %v", busy, err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for began := used(); used()-began < wanted; {
		for range 2000 {
			sink = sink*6364136223846793005 + 1442695040888963407
		}
	}
	return 0
}

func used() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) // it cannot fail
	return time.Duration(t.Nano())
}

// measure returns the processor time of processes that share a sweep, the time in which they solved
// cells, and the processor time of a further process, which finds that all is done; all in seconds.
func measure(levels, seeds, processes int, each string) (processor, solving, done float64) {
	dir, err := os.MkdirTemp("", "overhead")
	check(err)
	defer func() { check(os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "short.yaml")
	check(os.WriteFile(path, fmt.Appendf(nil, spec, levels, seeds), 0o666))
	check(os.Setenv(busy, each))
	var made struct{ Run string }
	check(json.Unmarshal(output(sedlab("submit", path, "--slurm", "--dry-run", "--json", "--runs", dir)), &made))
	commands := make([]*exec.Cmd, processes)
	for i := range commands {
		commands[i] = sedlab("work", made.Run, "--workers", "1", "--json")
		commands[i].Stdout = new(bytes.Buffer)
		check(commands[i].Start())
	}
	for _, c := range commands {
		if err := c.Wait(); err != nil {
			log.Fatal(err, "\n", c.Stderr)
		}
		processor += seconds(c)
		var result struct {
			Done []struct {
				Kind    string
				Seconds float64
			}
		}
		check(json.Unmarshal(c.Stdout.(*bytes.Buffer).Bytes(), &result))
		for _, step := range result.Done {
			if step.Kind == "cells" {
				solving += step.Seconds
			}
		}
	}
	last := sedlab("work", made.Run, "--workers", "1")
	output(last)
	return processor, solving, seconds(last)
}

// seconds returns the processor time of a call that has ended.
func seconds(c *exec.Cmd) float64 {
	return (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds()
}

// sedlab is a call of this program.
func sedlab(args ...string) *exec.Cmd {
	self, err := os.Executable()
	check(err)
	c := exec.Command(self, args...)
	c.Stderr = new(bytes.Buffer) // mostly of who waits for whom
	return c
}

func output(c *exec.Cmd) []byte {
	text, err := c.Output()
	check(err)
	return text
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
