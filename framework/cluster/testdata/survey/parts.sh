#!/usr/bin/env bash
# Survey repaired.parquet: 5 of 16 parts.
# It may be edited before submit.sh hands it to Slurm.
#SBATCH --requeue
#SBATCH --kill-on-invalid-dep="yes"
#SBATCH --job-name="sedlab parts repaired.parquet-0123abcd 1"
#SBATCH --array="0,2-4,9%50"
#SBATCH --partition="long"
#SBATCH --time="0-02:00:00"
#SBATCH --mem="744M"
#SBATCH --cpus-per-task="8"
#SBATCH --output="logs/parts-%A_%a.log"
#SBATCH --open-mode="append"
#SBATCH --signal="B:USR1@60"
#SBATCH --export="PATH,HOME,USER,LANG,TMPDIR"
set -u
job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID

# Slurm sends USR1 to this shell before the time limit: the work saves its state, and goes on when
# the task is requeued. TERM comes to all processes of a job that is cancelled or preempted; what
# becomes of it is up to Slurm.
work=
late=
ended=
signalled=
trap 'late=1 signalled=1; kill -TERM "$work" 2>/dev/null' USR1
trap 'ended=1 signalled=1' TERM

cd /DIR || exit 1
/opt/sedlab reconstruct --prior /DIR/repaired.parquet.jobs/1/prior.safetensors --in 'survey/*.parquet' --set 'dataset.unit="nm"' --out repaired.parquet --kernel avx2 --part "$SLURM_ARRAY_TASK_ID/16" --workers "$SLURM_CPUS_PER_TASK" &
work=$!
while
  signalled=
  wait "$work"
  code=$?
  [ "$signalled" ] # a signal ends wait, not the work
do :; done

# Exit codes 75 and 69: nothing is wrong with the steps, but they are not finished; 69 says that this
# node cannot do them.
if { [ "$code" = 75 ] || [ "$code" = 69 ] || [ "$code" = 130 ]; } && { [ "$late" ] || [ ! "$ended" ]; }; then
  if [ "${SLURM_RESTART_COUNT:-0}" -ge 3 ]; then
    echo "given up after 3 retries; to go on:" 'cd /DIR && /opt/sedlab submit reconstruct --prior /runs/r1:glo --in '\''survey/*.parquet'\'' --set '\''dataset.unit="nm"'\'' --out repaired.parquet --parts 16 --slurm --runs runs' >&2
    exit "$code"
  fi
  trap '' TERM # which scontrol requeue sends to the whole job
  scontrol requeue "$job"
  if [ "$code" = 69 ] && [ "$(sinfo --noheader --partition="$SLURM_JOB_PARTITION" --format=%D)" != 1 ]; then
    excluded=$(squeue --noheader --jobs="$job" --format=%x)
    scontrol update "JobId=$job" "ExcNodeList=${excluded:+$excluded,}$SLURMD_NODENAME"
  fi
fi
exit "$code"
