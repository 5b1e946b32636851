//go:build race

package qwen3

// raceEnabled: what computes for long and has nothing to race with is left out.
const raceEnabled = true
