package cluster

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/escape"
)

// script is what the template of a job's script sees.
type script struct {
	job
	Options
	ID         string // of the run or survey, and its folder
	Submission string // its number
	About      string // what the job does
	Dir        string // the folder in which Command is called; if empty, that of the script
	Command    string // as a shell reads it
	Paused     int    // its exit code if SIGTERM has ended it, and it can go on
	Again      string // the command that submits what is missing
	Env        []variable
}

// runScript returns the script of a job of a run.
func runScript(j job, o Options, id, run, submission, program string) script {
	s := script{job: j, Options: o, ID: tagged(id, run), Paused: ExitLater, Again: words(slices.Concat([]string{program, "resume", run, "--slurm"}, o.Given())...)}
	s.About = fmt.Sprintf("Run %s: the tables, the figures and the report.", id)
	s.Command = words(program, "work", run, "--stage", string(j.Stage), "--unfinished", strconv.Itoa(ExitLater))
	if j.Rung >= 0 {
		s.Command += fmt.Sprintf(" --rung %d", j.Rung)
	}
	if o.Lease != "" {
		s.Command += " --lease " + escape.Shell(o.Lease)
	}
	if j.Stage == app.StageCells {
		s.Command += " --trained" // the jobs that train have ended when these begin
	}
	if j.Array() {
		s.Command += " --submission " + store.SlurmFolder + "/" + submission
		s.About = fmt.Sprintf("Run %s, %s: %s in %s, of which the longest is expected to take %v.", id, j.Name(), count(j.Steps, "step"), count(j.Count, "task"), j.Expect.Round(time.Second))
		if j.Tasks != nil {
			s.Command += fmt.Sprintf(` --steps "%s/$SLURM_ARRAY_TASK_ID.txt"`, j.Name())
		} else {
			s.Command += fmt.Sprintf(` --part "$SLURM_ARRAY_TASK_ID/%d"`, j.Count)
		}
	}
	return s
}

// count counts things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// words quotes the words of a command for a shell.
func words(list ...string) string {
	var quoted []string
	for _, word := range list {
		quoted = append(quoted, escape.Shell(word))
	}
	return strings.Join(quoted, " ")
}

// Title returns the name by which Slurm knows the job.
func (s script) Title() string {
	return plain(fmt.Sprintf("sedlab %s %s %s", s.Name(), s.ID, s.Submission))
}

// Comment returns About as it may stand in a comment.
func (s script) Comment() string { return escape.Control(s.About, "") }

// Clusters returns the clusters that an argument of sbatch names, if any.
func (o Options) Clusters() (names string) {
	for _, arg := range o.SbatchArg {
		if value, ok := strings.CutPrefix(arg, "--clusters="); ok {
			names = value
		}
	}
	return names
}

// plain returns a text without what a shell, Slurm or JSON might read as more than itself.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 || strings.ContainsRune(" ._-", r) || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, text)
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
		{"job-name", s.Title()}, {"array", array}, {"partition", s.Partition}, {"account", s.Account},
		{"time", s.Clock()}, {"mem", s.mem()}, {"cpus-per-task", fmt.Sprint(s.CPUs)}, {"output", logs}, {"open-mode", "append"},
		{"signal", fmt.Sprintf("B:USR1@%d", int(min(warning, s.limit()/4).Seconds()))}, {"export", "PATH,HOME,USER,LANG,TMPDIR"},
	} {
		if o[1] != "" {
			args = append(args, "--"+o[0]+"="+o[1])
		}
	}
	args = append(args, s.SbatchArg...)
	for i, arg := range args {
		if option, value, valued := strings.Cut(arg, "="); valued {
			args[i] = option + `="` + inQuotes.Replace(value) + `"`
		}
	}
	return args
}

// inQuotes escapes a text that Slurm reads between double quotes.
var inQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// warning is how long before its time limit a task begins to save its state. Slurm may warn up
// to a minute earlier.
const warning = time.Minute

// limit returns the time limit: that of the options, or else that of the estimate.
func (s script) limit() time.Duration {
	text := s.Time
	switch s.Stage {
	case app.StageGather:
		text = s.GatherTime
	case stageCalibrate:
		text = s.CalibrateTime
	}
	if given, _ := limit(text); given > 0 {
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

// Clock returns the time limit as Slurm reads it.
func (s script) Clock() string { return clock(s.limit()) }

// GoesOn reports whether the job, started again after its time limit, goes on from what it has.
func (s script) GoesOn() bool { return s.Stage != stageCalibrate }

// notes says which limits of the options are below what tasks are expected to need.
func (s script) notes() (list []string) {
	if t := s.limit(); s.Array() && t < s.Expect+2*warning {
		list = append(list, fmt.Sprintf("%s: its longest task is expected to take %v, and is told to save its state up to two minutes before the limit of %v",
			s.Name(), s.Expect.Round(time.Second), t))
	}
	if s.Stage == stageCalibrate && s.CalibrateTime == "" {
		list = append(list, fmt.Sprintf("%s: how long it takes is not known, as nothing was measured; it fails if it takes longer than %v, unless --calibrate-time allows more", s.Name(), s.Limit))
	}
	return append(list, s.memoryNotes()...)
}

const leastPeak = 100 << 20 // what the program takes at least [bytes]

// memoryNotes are those of notes that are about memory.
func (s script) memoryNotes() (list []string) {
	if given := bytesOf(s.Mem); s.Mem != "" && given < max(s.Peak, leastPeak) {
		list = append(list, fmt.Sprintf("%s: it is expected to need %.0fM of memory; --mem says %s", s.Name(), max(s.Peak, leastPeak)/(1<<20), s.Mem))
	}
	return list
}

// clock writes a time limit as Slurm reads it, in whole minutes.
func clock(d time.Duration) string {
	minutes := int(math.Ceil(d.Minutes()))
	return fmt.Sprintf("%d-%02d:%02d:00", minutes/(24*60), minutes/60%24, minutes%60)
}

var jobScript = template.Must(template.New("job").Funcs(codes).Funcs(template.FuncMap{"quote": escape.Shell}).Parse(`#!/usr/bin/env bash
# {{.Comment}}
# It may be edited before submit.sh hands it to Slurm.
{{- range .Directives}}
#SBATCH {{.}}
{{- end}}
set -u
{{- range .Env}}
export {{.Name}}={{quote .Value}}
{{- end}}
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
ended=
signalled=
trap 'late=1 signalled=1; kill -TERM "$work" 2>/dev/null' USR1
trap 'ended=1 signalled=1' TERM

{{with .Dir}}cd {{quote .}} || exit 1
{{end}}{{.Command}} --workers "$SLURM_CPUS_PER_TASK" &
work=$!
while
  signalled=
  wait "$work"
  code=$?
  [ "$signalled" ] # a signal ends wait, not the work
do :; done

{{if not .GoesOn}}if [ "$late" ] && [ "$code" = {{.Paused}} ]; then
  echo "the time limit of {{.Clock}} has ended this, and nothing of it is kept; to go on, add more --calibrate-time to:" {{quote .Again}} >&2
  exit 1
fi
{{end}}# Exit codes {{later}} and {{unfit}}: nothing is wrong with the steps, but they are not finished; {{unfit}} says that this
# node cannot do them.
if { [ "$code" = {{later}} ] || [ "$code" = {{unfit}} ]{{if ne .Paused later}} || [ "$code" = {{.Paused}} ]{{end}}; } && { [ "$late" ] || [ ! "$ended" ]; }; then
  if [ "${SLURM_RESTART_COUNT:-0}" -ge {{.Retry}} ]; then
    echo "given up after {{.Retry}} retries; to go on:" {{quote .Again}} >&2
    exit "$code"
  fi
  trap '' TERM # which scontrol requeue sends to the whole job
  scontrol requeue "$job"
  if [ "$code" = {{unfit}} ] && [ "$(sinfo --noheader --partition="$SLURM_JOB_PARTITION" --format=%D)" != 1 ]; then
    excluded=$(squeue --noheader --jobs="$job" --format=%x)
    scontrol update "JobId=$job" "ExcNodeList=${excluded:+$excluded,}$SLURMD_NODENAME"
  fi
fi
exit "$code"
`))

// When a job begins, as Slurm calls it. A job of a run begins when the one before it has ended,
// whatever became of it: work leaves out the cells of a training that failed, and gathering takes
// what there is. Parts of a survey can do nothing without their prior.
const (
	afterAny = "afterany"
	afterOK  = "afterok"
)

// submitScript submits jobs one after the other.
var submitScript = template.Must(template.New("submit").Funcs(template.FuncMap{"quote": escape.Shell, "json": jsonText}).Parse(`#!/usr/bin/env bash
# Submits the jobs of {{.What}}: each begins when the one before it has ended{{if eq .After "afterok"}} well{{else}}, well or not{{end}}.
# Their numbers go to {{.File}}. If one cannot be submitted, or this is interrupted, all are cancelled.
set -Eeuo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
cancel=(scancel --user="$(id -un)" --name={{range $i, $j := .Jobs}}{{if $i}},{{end}}{{quote .Title}}{{end}}{{with .Clusters}} --clusters={{quote .}}{{end}})
if ! (set -o noclobber && : >{{.File}}); then
  echo "these jobs have been submitted, or are being submitted: $PWD/{{.File}}" >&2
  echo "if that was cut short, for instance by a reboot, first cancel what Slurm has of them: $(printf '%q ' "${cancel[@]}")&& rm $(printf %q "$PWD/{{.File}}")" >&2
  exit 1
fi
mkdir -p logs
last=

abort() {
  [ "$BASH_SUBSHELL" = 0 ] || exit 1
  trap - ERR
  trap '' INT TERM HUP
  "${cancel[@]}" || true
  rm -f {{.File}}
  exit 1
}
trap abort ERR INT TERM HUP

submit() { # NAME TASKS TITLE
  local after=() job cluster=
  [ ! "$last" ] || after=(--dependency="{{.After}}:$last")
  job=$(sbatch --parsable "${after[@]}" "$1.sh")
  last=${job%%;*}
  [ "$last" = "$job" ] || cluster=${job#*;}
  printf '{"name":"%s","job":"%s","cluster":"%s","tasks":%d,"title":"%s","submitted":"%s","folder":%s}\n' \
    "$1" "$last" "$cluster" "$2" "$3" "$(date -u +%FT%TZ)" {{quote (json .Folder)}} >>{{.File}}
  echo "$1: job $last, tasks: $2"
}

{{range .Jobs}}submit {{.Name}} {{.Count}} {{quote .Title}}
{{end -}}
`))
