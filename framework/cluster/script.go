package cluster

import (
	"fmt"
	"math"
	"strings"
	"text/template"
	"time"
)

// script is what the template of a job's script sees.
type script struct {
	job
	Options
	ID      string // of the run or survey
	Title   string // what the job does
	Dir     string // the folder in which Command is called; if empty, that of the script
	Command string // as a shell reads it
	Paused  int    // its exit code if SIGTERM has ended it, and it can go on
	Again   string // the command that submits what is missing
}

// runScript returns the script of a job of a run.
func runScript(j job, o Options, id, run, program string) script {
	s := script{job: j, Options: o, ID: id, Again: quote(program) + " resume " + quote(run) + " --slurm"}
	s.Title = fmt.Sprintf("Run %s: the tables, the figures and the report.", id)
	s.Command = quote(program) + " work " + quote(run) + " --stage " + string(j.Stage)
	if j.Rung >= 0 {
		s.Command += fmt.Sprintf(" --rung %d", j.Rung)
	}
	if j.Array() {
		s.Title = fmt.Sprintf("Run %s, %s: %d steps in %d tasks, of which the longest is expected to take %v.", id, j.Name(), j.Steps, j.Count, j.Expect.Round(time.Second))
		if j.Tasks != nil {
			s.Command += fmt.Sprintf(` --steps "%s/$SLURM_ARRAY_TASK_ID.txt"`, j.Name())
		} else {
			s.Command += fmt.Sprintf(` --part "$SLURM_ARRAY_TASK_ID/%d"`, j.Count)
		}
	}
	return s
}

// Directives returns the arguments of sbatch, each quoted as Slurm reads it in a script.
func (s script) Directives() []string {
	logs, array := "logs/"+s.Name()+"-%j.log", ""
	if s.Array() {
		logs, array = "logs/"+s.Name()+"-%A_%a.log", s.indices()
		if s.AtOnce > 0 {
			array += fmt.Sprintf("%%%d", s.AtOnce)
		}
	}
	args := []string{"--requeue"}
	if s.Stage == stageParts {
		args = append(args, "--kill-on-invalid-dep=yes") // of a calibration that has failed
	}
	for _, o := range [][2]string{
		{"job-name", "sedlab " + s.Name() + " " + s.ID}, {"array", array}, {"partition", s.Partition}, {"account", s.Account},
		{"time", clock(s.limit())}, {"mem", s.mem()}, {"cpus-per-task", fmt.Sprint(s.CPUs)}, {"output", logs}, {"open-mode", "append"},
		{"signal", fmt.Sprintf("B:USR1@%d", int(min(warning, s.limit()/4).Seconds()))}, {"export", "PATH,HOME,USER,LANG,TMPDIR"},
	} {
		if o[1] != "" {
			args = append(args, "--"+o[0]+"="+o[1])
		}
	}
	args = append(args, s.SbatchArg...)
	for i, arg := range args {
		if option, value, valued := strings.Cut(arg, "="); valued {
			args[i] = option + `="` + escape.Replace(value) + `"`
		}
	}
	return args
}

// escape escapes a text that Slurm reads between double quotes.
var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// warning is how long before its time limit a task begins to save its state. Slurm may warn up
// to a minute earlier.
const warning = time.Minute

// limit returns the time limit: that of the options, or else that of the estimate.
func (s script) limit() time.Duration {
	if given, _ := limit(s.Time); given > 0 {
		return given
	}
	return s.Limit
}

// mem returns the memory to ask for: that of the options, or else that of the estimate.
func (s script) mem() string {
	if s.Mem != "" {
		return s.Mem
	}
	return fmt.Sprintf("%dM", int64(math.Ceil(float64(s.Memory)/(1<<20))))
}

// clock writes a time limit as Slurm reads it, in whole minutes.
func clock(d time.Duration) string {
	minutes := int(math.Ceil(d.Minutes()))
	return fmt.Sprintf("%d-%02d:%02d:00", minutes/(24*60), minutes/60%24, minutes%60)
}

var jobScript = template.Must(template.New("job").Funcs(template.FuncMap{"quote": quote}).Parse(`#!/usr/bin/env bash
# {{.Title}}
# It may be edited before submit.sh hands it to Slurm.
{{- range .Directives}}
#SBATCH {{.}}
{{- end}}
set -u
{{- if .Array}}
job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
{{- else}}
job=$SLURM_JOB_ID
{{- end}}

# Slurm sends USR1 to this shell before the time limit: the work saves its state, and goes on when
# the task is requeued. TERM comes to all processes of a job that is cancelled or preempted; what
# becomes of it is up to Slurm.
work=
late=
signalled=
trap 'late=1 signalled=1; kill -TERM "$work" 2>/dev/null' USR1
trap 'signalled=1' TERM

{{with .Dir}}cd {{quote .}} || exit 1
{{end}}{{.Command}} --workers "$SLURM_CPUS_PER_TASK" &
work=$!
while
  signalled=
  wait "$work"
  code=$?
  [ "$signalled" ] # a signal ends wait, not the work
do :; done

# Exit code 75: nothing is wrong with the steps, but not here or not now.
if [ "$late" ] && [ "$code" = {{.Paused}} ] || [ "$code" = 75 ]; then
  if [ "${SLURM_RESTART_COUNT:-0}" -ge {{.Retry}} ]; then
    echo "given up after {{.Retry}} retries; to go on:" {{quote .Again}} >&2
    exit 75
  fi
  trap '' TERM # which scontrol requeue sends to the whole job
  scontrol requeue "$job"
  if [ "$code" = 75 ] && [ "$(sinfo --noheader --partition="$SLURM_JOB_PARTITION" --format=%D)" != 1 ]; then
    scontrol update "JobId=$job" "ExcNodeList=$SLURMD_NODENAME"
  fi
fi
exit "$code"
`))

// When a job begins, as Slurm calls it. A job of a run begins when the one before it has ended,
// whatever became of it: work leaves the cells of a training that failed, and does the others;
// and what there is is always gathered. Parts of a survey can do nothing without their prior.
const (
	afterAny = "afterany"
	afterOK  = "afterok"
)

// submitScript submits jobs one after the other.
var submitScript = template.Must(template.New("submit").Parse(`#!/usr/bin/env bash
# Submits the jobs of {{.What}}: each begins when the one before it has ended{{if eq .After "afterok"}} well{{else}}, well or not{{end}}. Their
# numbers go to {{.File}}. If one cannot be submitted, those before it are cancelled.
set -Eeuo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
if [ -e {{.File}} ]; then
  echo "these jobs have been submitted: $PWD/{{.File}}" >&2
  exit 1
fi
mkdir -p logs
jobs=()
trap 'rm -f {{.File}}; [ ${#jobs[@]} = 0 ] || scancel "${jobs[@]}"' ERR

submit() { # NAME TASKS
  local after=() job
  [ ${#jobs[@]} = 0 ] || after=(--dependency="{{.After}}:${jobs[-1]}")
  job=$(sbatch --parsable "${after[@]}" "$1.sh")
  jobs+=("${job%%;*}")
  printf '{"name":"%s","job":"%s","tasks":%d,"submitted":"%s"}\n' "$1" "${jobs[-1]}" "$2" "$(date -u +%FT%TZ)" >>{{.File}}
  echo "$1: job ${jobs[-1]}, tasks: $2"
}

{{range .Jobs}}submit {{.Name}} {{.Count}}
{{end -}}
`))
