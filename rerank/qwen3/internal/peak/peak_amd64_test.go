//go:build !purego

package peak

import (
	"fmt"
	"testing"

	"github.com/quern-search/quern/rerank/qwen3/internal/bochstest"
)

func BenchmarkPeak(b *testing.B) {
	for _, l := range Loops() {
		b.Run(l.Name, func(b *testing.B) {
			const turns = 100_000
			for b.Loop() {
				l.Run(turns)
			}
			b.ReportMetric(float64(b.N)*turns*float64(l.Multiply)/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
}

// The loops for AMX come to an end where there is no AMX.
func TestLoopsOfAMXInBochs(t *testing.T) {
	g := bochstest.New(t)
	g.Call("peak.amxBF16", 3)
	g.Call("peak.amxInt8", 3)
	g.Run()
}

func ExampleLoops() {
	for _, l := range Loops() {
		l.Run(1)
	}
	fmt.Println("done")
	// Output: done
}
