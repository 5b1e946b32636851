package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// Every Set must give what plain float64 loops give, at every k, stride and both modes, and touch nothing outside C.
func TestTile(t *testing.T) {
	for _, set := range Sets() {
		for _, k := range []int{4, 8, 12, 64, 256, 772} {
			for _, add := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/k=%d/add=%t", set.Name, k, add), func(t *testing.T) { testTile(t, set, k, add) })
			}
		}
	}
}

func testTile(t *testing.T, set Set, k int, add bool) {
	r := rand.New(rand.NewPCG(uint64(k), 1))
	ldc, lda := Cols+3, k+5
	c, a, b := random(r, Rows*ldc), random(r, Rows*lda), random(r, k*Cols)
	before := append([]float32(nil), c...)
	set.Tile(c, ldc, a, lda, b, k, add)
	for i := range c {
		row, col := i/ldc, i%ldc
		if col >= Cols {
			if c[i] != before[i] {
				t.Fatalf("element %d outside the tile changed", i)
			}
			continue
		}
		var want, size float64
		if add {
			want = float64(before[i])
		}
		for j := range k {
			p := float64(a[row*lda+j]) * float64(b[j*Cols+col])
			want, size = want+p, size+math.Abs(p)
		}
		if diff := math.Abs(float64(c[i]) - want); diff > 1e-6*(1+size) {
			t.Fatalf("C[%d][%d] = %v, want %v", row, col, c[i], want)
		}
	}
}

// An element depends on its own row and column only: a NaN elsewhere changes no bit of it.
func TestTileRowsAreIndependent(t *testing.T) {
	for _, set := range Sets() {
		r := rand.New(rand.NewPCG(2, 2))
		const k = 64
		a, b := random(r, Rows*k), random(r, k*Cols)
		want, got := make([]float32, Rows*Cols), make([]float32, Rows*Cols)
		set.Tile(want, Cols, a, k, b, k, false)
		for i := range a[k:] {
			a[k+i] = float32(math.NaN())
		}
		set.Tile(got, Cols, a, k, b, k, false)
		for j := range Cols {
			if got[j] != want[j] {
				t.Errorf("%s: column %d of row 0 is %v, want %v", set.Name, j, got[j], want[j])
			}
		}
	}
}

func TestMax(t *testing.T) {
	for _, set := range Sets() {
		for _, n := range []int{8, 16, 24, 40, 256} {
			for at := range n { // the largest in every place, alone and among -Inf
				x := random(rand.New(rand.NewPCG(4, uint64(n))), n)
				x[at] = 9
				x[(at+1)%n] = float32(math.Inf(-1))
				if got := set.Max(x); got != 9 {
					t.Fatalf("%s: n=%d: the largest, at %d, is %v: got %v", set.Name, n, at, 9, got)
				}
			}
		}
	}
}

func TestExpSum(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	edge := []float32{0, -0.1, 1, -1, -87.3, -87.4, -100, -inf, 88, 200, inf, 1e-30, -1e-30, -50, 50, -86.9}
	for _, set := range Sets() {
		x := append([]float32(nil), edge...)
		set.ExpSum(x, 1, 0)
		for i, v := range edge {
			want := math.Exp(math.Min(float64(v), 88))
			if v < minExp {
				want = 0
			}
			if math.Abs(float64(x[i])-want) > 3e-7*want {
				t.Errorf("%s: exp(%v) = %v, want %v", set.Name, v, x[i], want)
			}
		}
		x = []float32{0, nan, 0, 0, 0, 0, 0, 0}
		if s := set.ExpSum(x, 1, 0); s == s || x[1] == x[1] {
			t.Errorf("%s: a NaN was lost: sum %v, exp %v", set.Name, s, x[1])
		}
		testExpSumRandom(t, set)
	}
}

func testExpSumRandom(t *testing.T, set Set) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, n := range []int{0, 8, 16, 24, 4096} {
		x := random(r, n)
		in := append([]float32(nil), x...)
		const scale, shift = 7.5, 3.25
		sum := set.ExpSum(x, scale, shift)
		var want float64
		for i, v := range in {
			e := math.Exp(float64(v*scale - shift))
			want += e
			if math.Abs(float64(x[i])-e) > 2e-6*e { // the argument itself is rounded
				t.Fatalf("%s: n=%d: exp(%v) = %v, want %v", set.Name, n, v*scale-shift, x[i], e)
			}
		}
		if math.Abs(float64(sum)-want) > 1e-5*want {
			t.Errorf("%s: n=%d: sum %v, want %v", set.Name, n, sum, want)
		}
	}
}

func TestBestTakesQuernCPU(t *testing.T) {
	t.Setenv("QUERN_CPU", "generic")
	if set, err := Best(); err != nil || set.Name != "generic" {
		t.Errorf("generic: %q, %v", set.Name, err)
	}
	t.Setenv("QUERN_CPU", "mmx")
	if _, err := Best(); err == nil {
		t.Error("an unknown kernel was taken")
	}
}

func BenchmarkTile(b *testing.B) {
	for _, set := range Sets() {
		b.Run(set.Name, func(b *testing.B) {
			const k = 256
			r := rand.New(rand.NewPCG(1, 1))
			c, x, y := make([]float32, Rows*Cols), random(r, Rows*k), random(r, k*Cols)
			for b.Loop() {
				set.Tile(c, Cols, x, k, y, k, false)
			}
			b.ReportMetric(float64(b.N)*Rows*Cols*k/b.Elapsed().Seconds()/1e9, "GMAC/s")
		})
	}
}

func BenchmarkExpSum(b *testing.B) {
	for _, set := range Sets() {
		b.Run(set.Name, func(b *testing.B) {
			x := make([]float32, 1024)
			b.SetBytes(4 * int64(len(x)))
			for b.Loop() {
				set.ExpSum(x, -1, 1)
			}
		})
	}
}

func ExampleBest() {
	set, err := Best()
	if err != nil {
		fmt.Println(err)
		return
	}
	a := make([]float32, Rows*4) // A is the start of a unit matrix, so C is the start of B
	for i := range 4 {
		a[i*4+i] = 1
	}
	b, c := make([]float32, 4*Cols), make([]float32, Rows*Cols)
	for i := range b {
		b[i] = float32(i)
	}
	set.Tile(c, Cols, a, 4, b, 4, false)
	fmt.Println(c[0], c[1], c[Cols], c[3*Cols+5])
	// Output: 0 1 16 53
}
