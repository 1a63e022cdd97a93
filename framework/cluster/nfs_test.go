package cluster_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

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

// Eight processes on two machines share a run over NFS: some are killed, some paused for longer
// than their leases, and the power of one machine, whose clock is wrong, fails, then that of the
// server. The rows are those of a local run, and no step is done twice without a cause.
//
// It takes some minutes with hardware virtualization, and 15 and more without.
func TestNFS(t *testing.T) {
	if os.Getenv("SEDLAB_NFS") == "" {
		t.Skip("starts virtual machines for minutes: set SEDLAB_NFS=1, and see the head of testdata/nfs.sh for what it needs")
	}
	options := "vers=4.2"
	if o := os.Getenv("SEDLAB_NFS_OPTIONS"); o != "" {
		options = o
	}
	dir, program := t.TempDir(), filepath.Join(t.TempDir(), "sedlab")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, "sedlab")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	spec := filepath.Join(dir, "eight.yaml")
	write(t, spec, strings.Replace(fmt.Sprintf(eight, 3), "size: 400", "size: 120", 1))
	machines := filepath.Join(dir, "machines")
	nfs(t, "start", machines, program, spec, "testdata/nfs-work.sh")
	t.Cleanup(func() { nfs(t, "stop", machines) })
	mount := func(client string) {
		nfs(t, "on", machines, client, "mount.nfs 10.9.0.1:/disk/share /nfs -o "+options+" && cp /nfs/bin/sedlab /nfs/bin/nfs-work.sh /tmp")
	}
	mount("client1")
	mount("client2")
	const make = "/tmp/sedlab submit /nfs/bin/eight.yaml --slurm --dry-run --kernel common --runs "
	nfs(t, "on", machines, "client1", make+"/nfs/runs")
	work := func(client string) {
		nfs(t, "on", machines, client, "setsid /tmp/nfs-work.sh /nfs/runs/latest 4 3 >/tmp/out &")
	}
	work("client1")
	work("client2")
	time.Sleep(time.Minute)
	nfs(t, "off", machines, "client2")
	nfs(t, "off", machines, "server")
	nfs(t, "boot", machines, "server")
	nfs(t, "boot", machines, "client2", "2031-01-01T00:00:00")
	mount("client2")
	work("client2")
	harm := 4 // steps of the client that was lost
	for _, client := range []string{"client1", "client2"} {
		within(t, client, func() bool {
			return strings.Contains(nfs(t, "on", machines, client, "cat /tmp/out"), "kills ")
		})
		out := nfs(t, "on", machines, client, "cat /tmp/out")
		ended := regexp.MustCompile(`(?s)^(.*)kills (\d+) pauses (\d+)`).FindStringSubmatch(out)
		if strings.Contains(ended[1], "exit code") {
			t.Errorf("%s: %s", client, out)
		}
		for _, n := range ended[2:] {
			n, _ := strconv.Atoi(n)
			harm += n
		}
	}
	nfs(t, "on", machines, "client1", "/tmp/sedlab work /nfs/runs/latest --stage gather")
	if left := nfs(t, "on", machines, "server", "find /disk/share/runs -name '.nfs*'; ls /disk/share/runs/cache/tmp"); strings.TrimSpace(left) != "" {
		t.Logf("left until the next sweep:\n%s", left)
	}
	write(t, filepath.Join(dir, "runs.tar"), nfs(t, "on", machines, "client1", "tar c -C /nfs runs"))
	if out, err := exec.Command("tar", "xf", filepath.Join(dir, "runs.tar"), "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, args := range [][]string{{"submit", spec, "--slurm", "--dry-run", "--kernel", "common", "--runs", "want"}, {"work", "want/latest"}, {"work", "want/latest", "--stage", "gather"}} {
		sedlab(t, dir, program, args...)
	}
	run := latest(t, filepath.Join(dir, "runs"))
	sameRows(t, run, latest(t, filepath.Join(dir, "want")), 4000)
	list, err := store.Attempts(run)
	if err != nil {
		t.Fatal(err)
	}
	done, twice := map[cache.Key]int{}, 0
	for _, a := range list {
		for _, step := range a.Done {
			done[step.Key]++
		}
	}
	for _, n := range done {
		twice += n - 1
	}
	t.Logf("%d steps, %d again, with %d kills, pauses and losses", len(done), twice, harm)
	if twice > harm {
		t.Errorf("%d steps were done again, with %d kills, pauses and losses", twice, harm)
	}
}
