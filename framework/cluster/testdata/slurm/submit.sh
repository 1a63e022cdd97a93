#!/usr/bin/env bash
# Submits the jobs of run Fig 2.a-20261128-025302-06f6c8e2: each begins when the one before it has ended, well or not. Their
# numbers go to jobs.jsonl. If one cannot be submitted, those before it are cancelled.
set -Eeuo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
if [ -e jobs.jsonl ]; then
  echo "these jobs have been submitted: $PWD/jobs.jsonl" >&2
  exit 1
fi
mkdir -p logs
jobs=()
trap 'rm -f jobs.jsonl; [ ${#jobs[@]} = 0 ] || scancel "${jobs[@]}"' ERR

submit() { # NAME TASKS
  local after=() job
  [ ${#jobs[@]} = 0 ] || after=(--dependency="afterany:${jobs[-1]}")
  job=$(sbatch --parsable "${after[@]}" "$1.sh")
  jobs+=("${job%%;*}")
  printf '{"name":"%s","job":"%s","tasks":%d,"submitted":"%s"}\n' "$1" "${jobs[-1]}" "$2" "$(date -u +%FT%TZ)" >>jobs.jsonl
  echo "$1: job ${jobs[-1]}, tasks: $2"
}

submit trainings 8
submit cells 4
submit rung1-trainings 3
submit rung1-cells 2
submit gather 1
