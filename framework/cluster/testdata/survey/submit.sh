#!/usr/bin/env bash
# Submits the jobs of survey repaired.parquet: each begins when the one before it has ended well. Their
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
  [ ${#jobs[@]} = 0 ] || after=(--dependency="afterok:${jobs[-1]}")
  job=$(sbatch --parsable "${after[@]}" "$1.sh")
  jobs+=("${job%%;*}")
  printf '{"name":"%s","job":"%s","tasks":%d,"submitted":"%s"}\n' "$1" "${jobs[-1]}" "$2" "$(date -u +%FT%TZ)" >>jobs.jsonl
  echo "$1: job ${jobs[-1]}, tasks: $2"
}

submit calibrate 1
submit parts 5
