#!/bin/bash
#SBATCH --job-name=ihead-sweep
#SBATCH --array=0-15
#SBATCH --cpus-per-task=4
#SBATCH --time=02:00:00
# Sixteen shards of one sweep, over a folder that all nodes share. sbatch examples/cluster/slurm.sh
npx ihead sweep --preset quick --vary training.optimizer.learningRate=.05,.1,.2,.4 --seeds 16 \
  --out /shared/store --threads "$SLURM_CPUS_PER_TASK" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --quiet
