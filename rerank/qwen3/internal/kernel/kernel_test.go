package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// Every Set must give what plain float64 loops give, at every number of rows and panels, k, stride and both modes, and
// touch nothing outside the rows that tiles cover.
func TestMulF32(t *testing.T) {
	for _, set := range Sets() {
		for _, k := range []int{4, 8, 12, 64, 256, 772} {
			for _, n := range []int{1, 2, 3, 4, 5, 8} {
				for _, rows := range []int{1, 5, 6, 7, 13} {
					t.Run(fmt.Sprintf("%s/k=%d/n=%d/rows=%d", set.Name, k, n, rows), func(t *testing.T) {
						testMulF32(t, set, k, n, rows, false)
						testMulF32(t, set, k, n, rows, true)
					})
				}
			}
		}
	}
}

func testMulF32(t *testing.T, set Set, k, n, rows int, add bool) {
	r := rand.New(rand.NewPCG(uint64(k), uint64(n)))
	ldc, lda, ldb := n*Cols+3, k+5, k*Cols+7
	c, a, b := random(r, PadRows(rows)*ldc), random(r, PadRows(rows)*lda), random(r, n*ldb)
	before := slices.Clone(c)
	set.MulF32(c, ldc, a, lda, rows, b, ldb, n, k, add)
	for i := range c {
		row, col := i/ldc, i%ldc
		if col >= n*Cols {
			if c[i] != before[i] {
				t.Fatalf("element %d outside the tile changed", i)
			}
			continue
		}
		if row >= rows {
			continue
		}
		var want, size float64
		if add {
			want = float64(before[i])
		}
		for j := range k {
			p := float64(a[row*lda+j]) * float64(b[col/Cols*ldb+j*Cols+col%Cols])
			want, size = want+p, size+math.Abs(p)
		}
		if diff := math.Abs(float64(c[i]) - want); diff > 1e-6*(1+size) {
			t.Fatalf("C[%d][%d] = %v, want %v", row, col, c[i], want)
		}
	}
}

// An element depends on its own row and column only: a NaN elsewhere changes no bit of it, nor does it matter how many
// rows there are.
func TestRowsAreIndependent(t *testing.T) {
	for _, set := range Sets() {
		r := rand.New(rand.NewPCG(2, 2))
		const k, rows, n = 64, 14, 5
		a, b := random(r, PadRows(rows)*k), random(r, n*k*Cols)
		want := make([]float32, PadRows(rows)*n*Cols)
		set.MulF32(want, n*Cols, a, k, rows, b, k*Cols, n, k, false)
		for row := range rows {
			alone := make([]float32, Rows*k)
			for i := range alone {
				alone[i] = float32(math.NaN())
			}
			copy(alone, a[row*k:][:k])
			got := make([]float32, Rows*n*Cols)
			set.MulF32(got, n*Cols, alone, k, 1, b, k*Cols, n, k, false)
			for j := range n * Cols {
				if got[j] != want[row*n*Cols+j] {
					t.Errorf("%s: column %d of row %d is %v alone, %v in company", set.Name, j, row, got[j], want[row*n*Cols+j])
				}
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

func TestEverySetIsWhole(t *testing.T) {
	for _, set := range Sets() {
		v := reflect.ValueOf(set)
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Func && f.IsNil() {
				t.Errorf("%s has no %s", set.Name, v.Type().Field(i).Name)
			}
		}
	}
}

func TestBestTakesQuernCPU(t *testing.T) {
	t.Setenv("QUERN_CPU", "generic")
	if set, err := Best(); err != nil || set.Name != "generic" {
		t.Errorf("generic: %q, %v", set.Name, err)
	}
	for _, set := range Sets() {
		t.Setenv("QUERN_CPU", set.Name)
		if best, err := Best(); err != nil || best.Name != set.Name {
			t.Errorf("%s: %q, %v", set.Name, best.Name, err)
		}
	}
	t.Setenv("QUERN_CPU", "")
	if set, err := Best(); err != nil || set.Asked {
		t.Errorf("%q was taken without being asked for, %v", set.Name, err)
	}
	t.Setenv("QUERN_CPU", "mmx")
	if _, err := Best(); err == nil {
		t.Error("an unknown kernel was taken")
	}
}

// The shapes are those of the feed-forward block of the 0.6B model, at the rows that the engine takes at once.
func BenchmarkMulQ8(b *testing.B) {
	for _, set := range Sets() {
		for _, shape := range []struct{ n, k int }{{3072 / Cols, 1024}, {1024 / Cols, 3072}} {
			b.Run(fmt.Sprintf("%s/%dx%d", set.Name, shape.n*Cols, shape.k), func(b *testing.B) {
				const rows = 252
				p := newProduct(rand.New(rand.NewPCG(1, 1)), set, rows, shape.n, shape.k)
				c := make([]float32, rows*shape.n*Cols)
				for b.Loop() {
					p.mul(c, shape.n*Cols, rows, false)
				}
				b.ReportMetric(float64(b.N)*rows*float64(shape.n*Cols*shape.k)/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}

func BenchmarkMulF32(b *testing.B) {
	for _, set := range Sets() {
		b.Run(set.Name, func(b *testing.B) {
			const rows, n, k = 12, 16, 128 // attention of a tile over 256 keys
			r := rand.New(rand.NewPCG(1, 1))
			c, x, y := make([]float32, rows*n*Cols), random(r, rows*k), random(r, n*k*Cols)
			for b.Loop() {
				set.MulF32(c, n*Cols, x, k, rows, y, k*Cols, n, k, false)
			}
			b.ReportMetric(float64(b.N)*rows*n*Cols*k/b.Elapsed().Seconds()/1e9, "GMAC/s")
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
	set.MulF32(c, Cols, a, 4, 4, b, 4*Cols, 1, 4, false)
	fmt.Println(c[0], c[1], c[Cols], c[3*Cols+5])
	// Output: 0 1 16 53
}
