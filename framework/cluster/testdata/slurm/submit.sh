#!/usr/bin/env bash
# Submits the jobs of run Fig 2.a-20261128-025302-06f6c8e2: each begins when the one before it has ended, well or not.
# Their numbers go to jobs.jsonl. If one cannot be submitted, or this is interrupted, all are cancelled.
set -Eeuo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
cancel=(scancel --user="$(id -un)" --name='sedlab trainings Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1','sedlab cells Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1','sedlab rung1-trainings Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1','sedlab rung1-cells Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1','sedlab gather Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1')
if ! (set -o noclobber && : >jobs.jsonl); then
  echo "these jobs have been submitted, or are being submitted: $PWD/jobs.jsonl" >&2
  echo "if that was cut short, for instance by a reboot, first cancel what Slurm has of them: $(printf '%q ' "${cancel[@]}")&& rm $(printf %q "$PWD/jobs.jsonl")" >&2
  exit 1
fi
mkdir -p logs
last=

abort() {
  [ "$BASH_SUBSHELL" = 0 ] || exit 1
  trap - ERR
  trap '' INT TERM HUP
  "${cancel[@]}" || true
  rm -f jobs.jsonl
  exit 1
}
trap abort ERR INT TERM HUP

submit() { # NAME TASKS TITLE
  local after=() job cluster=
  [ ! "$last" ] || after=(--dependency="afterany:$last")
  job=$(sbatch --parsable "${after[@]}" "$1.sh")
  last=${job%%;*}
  [ "$last" = "$job" ] || cluster=${job#*;}
  printf '{"name":"%s","job":"%s","cluster":"%s","tasks":%d,"title":"%s","submitted":"%s","folder":%s}\n' \
    "$1" "$last" "$cluster" "$2" "$3" "$(date -u +%FT%TZ)" '"/DIR/run/slurm/1"' >>jobs.jsonl
  echo "$1: job $last, tasks: $2"
}

submit trainings 8 'sedlab trainings Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1'
submit cells 4 'sedlab cells Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1'
submit rung1-trainings 3 'sedlab rung1-trainings Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1'
submit rung1-cells 2 'sedlab rung1-cells Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1'
submit gather 1 'sedlab gather Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1'
