-- Restarting a workload is asked for, agreed to and carried out like every other change.
ALTER TYPE "RequestAction" ADD VALUE 'restart';
