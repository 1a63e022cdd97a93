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
	ID      string // the run's
	Run     string // its folder
	Program string
}

// Again returns the command that submits what is missing.
func (s script) Again() string { return quote(s.Program) + " resume " + quote(s.Run) + " --slurm" }

// Directives returns the arguments of sbatch, each quoted as Slurm reads it in a script.
func (s script) Directives() []string {
	logs, array := "logs/"+s.Name()+"-%j.log", ""
	if s.Array() {
		logs, array = "logs/"+s.Name()+"-%A_%a.log", fmt.Sprintf("0-%d", s.Count-1)
		if s.AtOnce > 0 {
			array += fmt.Sprintf("%%%d", s.AtOnce)
		}
	}
	args := []string{"--requeue"}
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
{{- if .Array}}
# Run {{.ID}}, {{.Name}}: {{.Steps}} steps in {{.Count}} tasks, of which the longest is expected to take {{.Expect.Round 1000000000}}.
{{- else}}
# Run {{.ID}}: the tables, the figures and the report.
{{- end}}
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

{{quote .Program}} work {{quote .Run}} --stage {{.Stage}}
{{- if ge .Rung 0}} --rung {{.Rung}}{{end}}
{{- if .Tasks}} --steps "{{.Name}}/$SLURM_ARRAY_TASK_ID.txt"{{else if .Array}} --part "$SLURM_ARRAY_TASK_ID/{{.Count}}"{{end}} --workers "$SLURM_CPUS_PER_TASK" &
work=$!
while
  signalled=
  wait "$work"
  code=$?
  [ "$signalled" ] # a signal ends wait, not the work
do :; done

# Exit code 75: nothing is wrong with the steps, but not here or not now.
if [ "$late" ] && [ "$code" = 0 ] || [ "$code" = 75 ]; then
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

// submitScript submits jobs one after the other. A job begins when the one before it has ended,
// whatever became of it: work leaves the cells of a training that failed, and does the others;
// and what there is is always gathered.
var submitScript = template.Must(template.New("submit").Parse(`#!/usr/bin/env bash
# Submits the jobs of run {{.ID}}: each begins when the one before it has ended, well or not. Their
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
  [ ${#jobs[@]} = 0 ] || after=(--dependency="afterany:${jobs[-1]}")
  job=$(sbatch --parsable "${after[@]}" "$1.sh")
  jobs+=("${job%%;*}")
  printf '{"name":"%s","job":"%s","tasks":%d,"submitted":"%s"}\n' "$1" "${jobs[-1]}" "$2" "$(date -u +%FT%TZ)" >>{{.File}}
  echo "$1: job ${jobs[-1]}, tasks: $2"
}

{{range .Jobs}}submit {{.Name}} {{.Count}}
{{end -}}
`))
