package kernel

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden file")

// exact is n numbers that are the same on every architecture: math's functions are not, where multiply and add are fused.
func exact(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.IntN(1<<20)-1<<19) / (1 << 17)
	}
	return x
}

func hashOf(x []float32) string {
	h := fnv.New64a()
	for _, v := range x {
		bits := math.Float32bits(v)
		h.Write([]byte{byte(bits), byte(bits >> 8), byte(bits >> 16), byte(bits >> 24)})
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// Assembly gives the same bits on every architecture: a golden file that each of them is held against has a line for each
// loop, with a hash of what it gives. Quantise is not among them, since TestQuantise holds it against the generic one.
func TestBitsAreThoseOfEveryArchitecture(t *testing.T) {
	if len(Sets()) == 1 {
		t.Skip("no assembly: run this on a CPU that has AVX2 or NEON, without -tags purego")
	}
	golden := filepath.Join("testdata", "bits.golden")
	for i, set := range Sets()[1:] {
		got := bitsOf(set)
		if *update && i == 0 {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s gives other bits:\n%swant:\n%s", set.Name, got, want)
		}
	}
}

func bitsOf(set Set) string {
	var b strings.Builder
	line := func(loop string, x []float32) { fmt.Fprintf(&b, "%-10s %s\n", loop, hashOf(x)) }
	r := rand.New(rand.NewPCG(8, 8))

	const rows, n, k = 13, 3, 608
	c := make([]float32, PadRows(rows)*n*Cols)
	p := newProduct(r, set, rows, n, k)
	p.x = exact(r, PadRows(rows)*k)
	p.quantise()
	p.mul(c, n*Cols, rows, false)
	p.mul(c, n*Cols, rows, true)
	line("MulQ8", c[:rows*n*Cols])
	set.MulF32(c, n*Cols, exact(r, PadRows(rows)*k), k, rows, exact(r, n*k*Cols), k*Cols, n, k, false)
	line("MulF32", c[:rows*n*Cols])

	x, y, z := exact(r, 4096), exact(r, 4096), exact(r, 4096)
	line("Max", []float32{set.Max(x)})
	line("SumSquares", []float32{set.SumSquares(x)})
	set.Scale(z, x, y, 1.0/3)
	line("Scale", z)
	set.Rotate(z, x[:2048], y[:2048])
	line("Rotate", z)
	set.SiLU(x, y)
	line("SiLU", x)
	sum := set.ExpSum(y, 30.1, -2.7) // of results that are 0, too
	line("ExpSum", append(y, sum))
	return b.String()
}
