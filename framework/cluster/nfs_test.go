package cluster_test

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sedlab/framework/cache"
	"sedlab/framework/store"
)

// nfs calls testdata/nfs.sh.
func nfs(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("testdata/nfs.sh", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("nfs.sh %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// small has 3 trainings and 48 cells, little enough for machines without hardware virtualization.
const small = `
name: small
dataset: {source: synthetic, size: 120}
priors:
  glo: {kind: glo, code_dim: 8, hidden: [32, 32], train: {epochs: 3, batch_size: 16, lr_generator: 0.01}}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {signals: 4, keep: 0}
sweep:
  seed: [1, 2, 3]
  problem.missing_fraction: {from: 0.03, to: 0.48, step: 0.03}
`

// Six processes on two machines share a run over NFS: some are killed, some paused for longer
// than their leases. In the midst of it the power of one machine and of the server fails, and the
// machine comes back with a wrong clock. The rows are those of a local run, and no step is done
// twice without a cause.
//
// It takes 9 minutes on busy cores without hardware virtualization. SEDLAB_NFS_OPTIONS are the mount options.
func TestNFS(t *testing.T) {
	if os.Getenv("SEDLAB_NFS") == "" {
		t.Skip("starts virtual machines for minutes: set SEDLAB_NFS=1, and see the head of testdata/nfs.sh for what it needs")
	}
	const processes, kills = 3, 2
	dir, program := t.TempDir(), filepath.Join(t.TempDir(), "sedlab")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, "sedlab")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	spec := filepath.Join(dir, "small.yaml")
	write(t, spec, small)
	machines := filepath.Join(dir, "machines")
	t.Cleanup(func() { nfs(t, "stop", machines) })
	nfs(t, "start", machines, program, spec, "testdata/nfs-work.sh")
	on := func(machine, command string) string {
		t.Helper()
		return nfs(t, "on", machines, machine, command)
	}
	mount := func(client string) {
		on(client, "mount.nfs 10.9.0.1:/disk/share /nfs -o "+cmp.Or(os.Getenv("SEDLAB_NFS_OPTIONS"), "vers=4.2")+
			" && cp /nfs/bin/sedlab /nfs/bin/nfs-work.sh /tmp")
	}
	work := func(client string) {
		on(client, fmt.Sprintf("setsid /tmp/nfs-work.sh /nfs/runs/latest %d %d >/tmp/out 2>&1 &", processes, kills))
	}
	mount("client1")
	mount("client2")
	on("client1", "/tmp/sedlab submit /nfs/bin/small.yaml --slurm --dry-run --kernel common --runs /nfs/runs")
	work("client1")
	work("client2")
	within(t, "at the cells", func() bool {
		n, err := strconv.Atoi(strings.TrimSpace(on("server", "ls -d /disk/share/runs/cache/cells/*/* 2>/dev/null | wc -l")))
		return err == nil && n >= 10
	})
	nfs(t, "off", machines, "client2")
	nfs(t, "off", machines, "server")
	nfs(t, "boot", machines, "server")
	nfs(t, "boot", machines, "client2", "2031-01-01T00:00:00")
	mount("client2")
	work("client2")
	for _, client := range []string{"client1", "client2"} {
		within(t, client+" done", func() bool { return strings.HasSuffix(on(client, "cat /tmp/out"), "ended\n") })
		if out := on(client, "cat /tmp/out"); strings.Contains(out, "exit code") {
			t.Errorf("%s: %s", client, out)
		}
	}
	on("client1", "/tmp/sedlab work /nfs/runs/latest --stage gather")
	harm := on("server", "cat /disk/share/harm-*")
	write(t, filepath.Join(dir, "runs.tar"), on("server", "tar c -C /disk/share runs"))
	on("client1", "/tmp/sedlab cache prune --runs /nfs/runs")
	if left := on("server", "cd /disk/share/runs; find cache/tmp cache/locks -mindepth 1 | grep -vx -e cache/locks/open -e cache/locks/use.lock; find . -name '.nfs*'"); left != "" {
		t.Errorf("left in the cache:\n%s", left)
	}
	if out, err := exec.Command("tar", "xf", filepath.Join(dir, "runs.tar"), "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, args := range [][]string{{"submit", spec, "--slurm", "--dry-run", "--kernel", "common", "--runs", "want"}, {"work", "want/latest"}, {"work", "want/latest", "--stage", "gather"}} {
		sedlab(t, dir, program, args...)
	}
	run := latest(t, filepath.Join(dir, "runs"))
	sameRows(t, run, latest(t, filepath.Join(dir, "want")), 192)
	doneForHarm(t, run, strings.Count(harm, "kill"), strings.Count(harm, "pause"), processes)
}

// doneForHarm tests that no step of run failed, and that none was done again but for a process that was
// killed or paused, or one of those on the machine that was lost, or that waited for the server. What was
// in the memory of the lost machine is missing in its logs, though not in the cache.
func doneForHarm(t *testing.T, run string, killed, paused, lost int) {
	t.Helper()
	list, err := store.Attempts(run)
	if err != nil {
		t.Fatal(err)
	}
	done, again := map[cache.Key]bool{}, 0
	for _, a := range list {
		for _, s := range a.Done {
			if done[s.Key] {
				again++
			}
			done[s.Key] = true
		}
		for _, s := range a.Failed {
			t.Errorf("%s failed: %s", s.ID, s.Error)
		}
	}
	t.Logf("%d of 51 steps are in logs, %d again; %d processes killed, %d paused, %d lost, %d held up by the server",
		len(done), again, killed, paused, lost, lost)
	if killed == 0 || paused == 0 || len(done) == 0 || again > killed+paused+2*lost {
		t.Error("steps were done again without a cause, or no process was killed or paused")
	}
}
