//go:build unix

package qwen3

import (
	"io"
	"runtime"
	"runtime/pprof"
	"slices"
	"syscall"
	"testing"
	"time"
)

// A storm of the signals by which goroutines are pre-empted, collections one after the other and a profiler's timer fall into the
// assembly at every place. They change no bit of any score.
func TestBitsDoNotDependOnInterruptions(t *testing.T) {
	e := openTiny(t, Config{Threads: 4, Precision: Quantised})
	want := judge(t, e, wine)
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		t.Log("no profile:", err) // one is being made of this test
	} else {
		defer pprof.StopCPUProfile()
	}
	stop := make(chan struct{})
	var storms []<-chan struct{}
	for _, storm := range []func(){
		runtime.GC,
		func() { _ = syscall.Kill(syscall.Getpid(), syscall.SIGURG) }, // of this process: it cannot fail
	} {
		over := make(chan struct{})
		storms = append(storms, over)
		go func() {
			defer close(over)
			for {
				select {
				case <-stop:
					return
				default:
					storm()
				}
			}
		}()
	}
	for end := time.Now().Add(time.Second); time.Now().Before(end); {
		e.prefixes.entries = nil // all of the prompt anew
		if got := judge(t, e, wine); !slices.Equal(got, want) {
			t.Fatalf("scores changed: %v, want %v", got, want)
		}
	}
	close(stop)
	for _, over := range storms {
		<-over
	}
}
