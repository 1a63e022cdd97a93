package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"text/template"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/disk"
)

// Manifests are the files of the Jobs that do what a run lacks.
type Manifests struct {
	Run    string    `json:"run,omitempty"` // the run's folder
	Folder string    `json:"folder"`        // for kubectl apply -f
	Jobs   []Planned `json:"jobs"`
	Notes  []string  `json:"notes,omitempty"` // on memory that is below the estimates
}

// MountError reports a folder that pods would not find.
type MountError struct{ Folder, Mount string }

func (e *MountError) Error() string {
	return fmt.Sprintf("%s: is not below %s, where pods have the volume claim", e.Folder, e.Mount)
}

// Visible returns a *MountError if pods would not find a folder under its name.
func (o Options) Visible(folder string) error {
	dir, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if below, err := filepath.Rel(o.Mount, dir); err != nil || !filepath.IsLocal(below) {
		return &MountError{dir, o.Mount}
	}
	return nil
}

// manifest is what the template of a Job sees.
type manifest struct {
	script
	Call   []string // the arguments of the program; if nil, those of work on the run
	Run    string   // the run's folder
	Object string   // the Job's name
	Label  string   // of all Jobs and pods of the submission
	Folder string   // with the steps
	Index  bool     // whether the Job is indexed
}

// MostIndices is how many completions an Indexed Job can have that counts failures per index.
const MostIndices = 100_000

// WriteKubernetes writes a Job for each stage that a run lacks, and one that gathers, into a new
// folder, 1, 2, …, in store.KubernetesFolder of the run. All can be applied at once: work that
// begins before the stage that it needs has ended exits with 75, and Kubernetes starts its pod
// again, after pauses that grow to ten minutes. So waiting takes no processors, and nothing has to
// watch. An index whose pods were killed too often gets one more, which records that its steps cannot be
// done; so nothing waits for them. The error may be a *MountError.
func WriteKubernetes(w *app.Workload, o Options) (*Manifests, error) {
	run, err := filepath.Abs(w.Dir)
	if err != nil {
		return nil, err
	}
	if err := o.Visible(run); err != nil {
		return nil, err
	}
	m := &Manifests{Run: run, Jobs: []Planned{}}
	if m.Folder, err = newFolder(filepath.Join(run, store.KubernetesFolder), filepath.Join(run, store.SlurmFolder)); err != nil {
		return nil, err
	}
	o.MaxTasks = min(o.MaxTasks, MostIndices)
	list := jobs(w, o)
	label := labelOf(w.ID, m.Folder)
	for i, j := range list {
		v := script{job: j, Options: o, ID: w.ID, About: fmt.Sprintf("Run %q, %s", w.ID, j.Name()), Env: environment()}
		x := manifest{v, nil, run, label + "-" + j.Name(), label, m.Folder, j.Array()}
		if err := errors.Join(writeSteps(m.Folder, j), m.add(i, x)); err != nil {
			return nil, errors.Join(err, disk.RemoveAll(m.Folder))
		}
	}
	if err := o.write(filepath.Join(run, store.KubernetesFolder)); err != nil {
		return nil, errors.Join(err, disk.RemoveAll(m.Folder))
	}
	return m, nil
}

// add writes the i-th Job.
func (m *Manifests) add(i int, x manifest) error {
	m.Notes = append(m.Notes, x.memoryNotes()...)
	m.Jobs = append(m.Jobs, Planned{x.Name(), x.Count, x.Steps, x.Expect.Seconds(), "", x.mem()})
	return execute(filepath.Join(m.Folder, fmt.Sprintf("%02d-%s.yaml", i, x.Name())), 0, jobManifest, x)
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// labelOf returns the label of a submission, with which the names of its Jobs begin: the run's name, or its
// end, which tells runs apart, and the submission's number. Names of pods add the job's and an index, and
// have at most 63 letters.
func labelOf(run, folder string) string {
	const most = 36
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(run), "-"), "-")
	return strings.Trim(name[max(0, len(name)-most):], "-") + "-" + filepath.Base(folder)
}

// literal returns a text in which Kubernetes, which reads $$ as $, replaces no $(NAME).
func literal(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// Args returns the arguments of the program. Kubernetes replaces $(NAME) in them.
func (m manifest) Args() []string {
	if m.Call != nil {
		return m.Call
	}
	const index = "$(JOB_COMPLETION_INDEX)"
	args := []string{"work", literal(m.Run), "--stage", string(m.Stage), "--workers", strconv.Itoa(m.CPUs),
		"--submission", store.KubernetesFolder + "/" + filepath.Base(m.Folder),
		"--max-memory", m.mem() + "iB",
		"--unfinished", strconv.Itoa(ExitLater)} // a pod that ends with 0 is never started again
	if m.Index {
		args = append(args, "--tried", fmt.Sprintf("$(TRIED)/%d", m.Tries()))
	} else {
		args = append(args, "--complete")
	}
	if m.Lease != "" {
		args = append(args, "--lease", m.Lease)
	}
	if m.Rung >= 0 {
		args = append(args, "--rung", strconv.Itoa(m.Rung))
	}
	switch {
	case m.Tasks != nil:
		args = append(args, "--steps", literal(m.Folder)+"/"+m.stepFile(index))
	case m.Index:
		args = append(args, "--part", fmt.Sprintf("%s/%d", index, m.Count))
	}
	return args
}

// Counts reports whether pods are told how many before them were killed, so that the last one records
// it. See work --tried.
func (m manifest) Counts() bool { return m.Index && m.Call == nil }

// Tries returns how many pods of an index may be killed.
func (m manifest) Tries() int {
	if m.Counts() {
		return m.Retry + 1
	}
	return m.Retry
}

// Parallelism returns how many pods may run at once.
func (m manifest) Parallelism() int {
	if m.AtOnce > 0 {
		return min(m.AtOnce, m.Count)
	}
	return m.Count
}

// user matches a user and a group of Kubernetes.
var user = regexp.MustCompile(`^(\d{1,9}):(\d{1,9})$`)

// userOf returns the user and the group that a text names, or those of this process if it is empty.
func userOf(text string) (uid, gid int64) {
	m := user.FindStringSubmatch(text)
	if m == nil {
		return int64(max(0, os.Getuid())), int64(max(0, os.Getgid())) // -1 on Windows
	}
	uid, _ = strconv.ParseInt(m[1], 10, 64)
	gid, _ = strconv.ParseInt(m[2], 10, 64)
	return uid, gid
}

// UID returns the user of the pods.
func (m manifest) UID() int64 {
	id, _ := userOf(m.User)
	return id
}

// GID returns the group of the pods.
func (m manifest) GID() int64 {
	_, id := userOf(m.User)
	return id
}

// Quantity returns the memory as Kubernetes writes it: 8Gi for Slurm's 8G.
func (m manifest) Quantity() string { return m.mem() + "i" }

// json writes a text as JSON does, which YAML reads too.
func jsonText(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

var jobManifest = template.Must(template.New("manifest").Funcs(codes).Funcs(template.FuncMap{"json": jsonText, "literal": literal}).Parse(`# {{.Comment}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{.Object}}
  namespace: {{json .Namespace}}
  labels: {app: sedlab, run: {{.Label}}, stage: {{.Stage}}}
spec:
{{- if .Index}}
  completionMode: Indexed
  completions: {{.Count}}
  parallelism: {{.Parallelism}}
  {{- if .Counts}}
  # The last of these tries does no work: it records that the others were killed. See sedlab work --tried.
  {{- end}}
  backoffLimitPerIndex: {{.Tries}}
{{- else}}
  backoffLimit: {{.Retry}}
{{- end}}
  podFailurePolicy:
    rules:
      # Evicted, preempted, or its node is lost: however it ended, it begins again. The first rule that fits counts.
      - action: Ignore
        onPodConditions: [{type: DisruptionTarget, status: "True"}]
      # A step failed, or cannot be done as it is: a further try would be the same. 2 and 69 are left out, so
      # that tries are counted: 2 is also Go's own in a container, if the program runs out of memory or panics;
      # 69 says that this node cannot do it.
      - action: {{if .Index}}FailIndex{{else}}FailJob{{end}}
        onExitCodes: {operator: In, values: [1, 3]}
      # Not here or not now, such as before the stage that it needs has ended.
      - action: Ignore
        onExitCodes: {operator: In, values: [{{later}}{{with .Paused}}, {{.}}{{end}}]}
  template:
    metadata:
      labels: {app: sedlab, run: {{.Label}}, stage: {{.Stage}}}
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 60
      securityContext:
        runAsNonRoot: {{ne .UID 0}}
        runAsUser: {{.UID}}
        runAsGroup: {{.GID}}
        fsGroup: {{.GID}}
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: sedlab
          image: {{json .Image}}
          {{- with .Dir}}
          workingDir: {{json .}}
          {{- end}}
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
          args:
          {{- range .Args}}
            - {{json .}}
          {{- end}}
          {{- if or .Counts .Env}}
          env:
          {{- if .Counts}}
            - {name: TRIED, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['batch.kubernetes.io/job-index-failure-count']"}}}
          {{- end}}
          {{- range .Env}}
            - {name: {{.Name}}, value: {{json (literal .Value)}}}
          {{- end}}
          {{- end}}
          resources:
            requests: {cpu: "{{.CPUs}}", memory: {{.Quantity}}}
            limits: {memory: {{.Quantity}}}
          volumeMounts:
            - {name: shared, mountPath: {{json .Mount}}}
      volumes:
        - name: shared
          persistentVolumeClaim: {claimName: {{json .Claim}}}
`))
