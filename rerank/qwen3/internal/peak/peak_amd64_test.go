//go:build !purego

package peak

import (
	"fmt"
	"testing"
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

func ExampleLoops() {
	for _, l := range Loops() {
		l.Run(1)
	}
	fmt.Println("done")
	// Output: done
}
