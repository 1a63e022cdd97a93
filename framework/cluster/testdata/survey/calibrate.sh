#!/usr/bin/env bash
# Survey repaired.parquet: calibrates the prior, and writes it to a file.
# It may be edited before submit.sh hands it to Slurm.
#SBATCH --requeue
#SBATCH --job-name="sedlab calibrate repaired.parquet"
#SBATCH --partition="long"
#SBATCH --time="0-01:00:00"
#SBATCH --mem="1431M"
#SBATCH --cpus-per-task="8"
#SBATCH --output="logs/calibrate-%j.log"
#SBATCH --open-mode="append"
#SBATCH --signal="B:USR1@60"
#SBATCH --export="PATH,HOME,USER,LANG,TMPDIR"
set -u
job=$SLURM_JOB_ID

# Slurm sends USR1 to this shell before the time limit: the work saves its state, and goes on when
# the task is requeued. TERM comes to all processes of a job that is cancelled or preempted; what
# becomes of it is up to Slurm.
work=
late=
signalled=
trap 'late=1 signalled=1; kill -TERM "$work" 2>/dev/null' USR1
trap 'signalled=1' TERM

cd '/DIR' || exit 1
'/opt/sedlab' reconstruct --prior '/runs/r1:glo' --save-prior '/DIR/repaired.parquet.slurm/1/prior.safetensors' --runs runs --workers "$SLURM_CPUS_PER_TASK" &
work=$!
while
  signalled=
  wait "$work"
  code=$?
  [ "$signalled" ] # a signal ends wait, not the work
do :; done

# Exit code 75: nothing is wrong with the steps, but not here or not now.
if [ "$late" ] && [ "$code" = 130 ] || [ "$code" = 75 ]; then
  if [ "${SLURM_RESTART_COUNT:-0}" -ge 3 ]; then
    echo "given up after 3 retries; to go on:" 'cd '\''/DIR'\'' && '\''/opt/sedlab'\'' submit reconstruct --out '\''repaired.parquet'\''' >&2
    exit 75
  fi
  trap '' TERM # which scontrol requeue sends to the whole job
  scontrol requeue "$job"
  if [ "$code" = 75 ] && [ "$(sinfo --noheader --partition="$SLURM_JOB_PARTITION" --format=%D)" != 1 ]; then
    scontrol update "JobId=$job" "ExcNodeList=$SLURMD_NODENAME"
  fi
fi
exit "$code"
