package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
)

// setsOf are the specification and the Sets that multiply a form by themselves.
func setsOf(form Form) []Set {
	return slices.DeleteFunc(Sets(), func(s Set) bool { return s.Name != "generic" && s.OfBF16 != form })
}

// A bf16Product is A·Wᵀ in bfloat16: rounded rows of activations, packed weights, and both as they were before.
type bf16Product struct {
	set     Set
	x       []float32 // activations, [rows padded][k]
	a       BF16Rows
	weights []float32 // [16n][k]
	w       []uint16
	n, k    int

	rounded struct{ x, weights []float32 }
}

func newBF16Product(r *rand.Rand, set Set, rows, n, k int) *bf16Product {
	p := &bf16Product{set: set, x: random(r, PadRows(rows)*k), n: n, k: k, weights: random(r, n*Cols*k)}
	p.pack()
	return p
}

// pack puts the weights down in panels, and the activations in rows that lie apart.
func (p *bf16Product) pack() {
	p.w = make([]uint16, BF16Numbers(p.n, p.k))
	for row := range p.n * Cols {
		PackBF16(p.w, row, p.weights[row*p.k:][:p.k])
	}
	p.a = BF16Rows{LD: p.k + 32, Data: make([]uint16, len(p.x)/p.k*(p.k+32))}
	for r := range len(p.x) / p.k {
		p.set.Round(p.a.Data[r*p.a.LD:], p.x[r*p.k:][:p.k])
	}
	p.rounded.x, p.rounded.weights = nearestOf(p.x), nearestOf(p.weights)
}

func (p *bf16Product) mul(c []float32, ldc, rows int, add bool) {
	p.set.MulBF16(c, ldc, p.a, rows, p.w, p.n, p.k, add)
}

// check compares C to what float64 gives for the same rounded numbers. The tolerance holds for sums in float32 in any
// order: each of the additions is off by 2^-24 at the most, and chance makes far less of them.
func (p *bf16Product) check(t *testing.T, c, before []float32, ldc, rows int, add bool) {
	t.Helper()
	for r := range rows {
		for j := range p.n * Cols {
			var want, size float64
			if add {
				want = float64(before[r*ldc+j])
				size = math.Abs(want)
			}
			for i := range p.k {
				v := float64(p.rounded.x[r*p.k+i]) * float64(p.rounded.weights[j*p.k+i])
				want, size = want+v, size+math.Abs(v)
			}
			if got := float64(c[r*ldc+j]); !(math.Abs(got-want) <= 1e-6*size) {
				t.Fatalf("%s: C[%d][%d] = %v, want %v", p.set.Name, r, j, got, want)
			}
		}
	}
}

// nearest is the bfloat16 nearest to x, found by comparing the two beside it. Beyond the largest is infinity, as if it
// were 2^128.
func nearest(x float32) float32 {
	b := math.Float32bits(x)
	low, high := math.Float32frombits(b&0xffff0000), math.Float32frombits(b&0xffff0000+0x10000)
	if low == x {
		return x
	}
	next := min(math.Abs(float64(high)), 0x1p128)
	below, above := math.Abs(float64(x))-math.Abs(float64(low)), next-math.Abs(float64(x))
	if below < above || below == above && b>>16&1 == 0 {
		return low
	}
	return high
}

func nearestOf(x []float32) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = nearest(v)
	}
	return out
}

// All remainders of rows and panels, and of k in blocks of the cache.
func TestMulBF16(t *testing.T) {
	for _, set := range setsOf(BF16) {
		for _, rows := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 31, 32, 33, 47, 48, 49, 65} {
			for _, shape := range []struct{ n, k int }{{1, 32}, {2, 64}, {3, 512}, {4, 544}, {5, 288}, {9, 32}} {
				t.Run(fmt.Sprintf("%s/%dx%dx%d", set.Name, rows, shape.n*Cols, shape.k), func(t *testing.T) {
					p := newBF16Product(rand.New(rand.NewPCG(uint64(rows), uint64(shape.k))), set, rows, shape.n, shape.k)
					testProduct(t, p, rows, shape.n)
				})
			}
		}
	}
}

// The real widths of the 0.6B, 4B and 8B models.
func TestMulBF16AtRealWidths(t *testing.T) {
	for _, set := range setsOf(BF16) {
		for _, k := range []int{1024, 2048, 2560, 3072, 4096, 9728, 12288} {
			p := newBF16Product(rand.New(rand.NewPCG(7, uint64(k))), set, 3, 2, k)
			c := make([]float32, Rows*2*Cols)
			p.mul(c, 2*Cols, 3, false)
			p.check(t, c, nil, 2*Cols, 3, false)
		}
	}
}

// Where sums are whole numbers that float32 holds, all Sets give the same, whatever their order.
func TestMulBF16OfWholeNumbersIsExact(t *testing.T) {
	for _, set := range setsOf(BF16) {
		r := rand.New(rand.NewPCG(8, 8))
		p := newBF16Product(r, set, 20, 3, 1056)
		for _, numbers := range [][]float32{p.x, p.weights} {
			for i := range numbers {
				numbers[i] = float32(r.IntN(129) - 64)
			}
		}
		p.pack()
		want, got := make([]float32, PadRows(20)*3*Cols), make([]float32, PadRows(20)*3*Cols)
		mulBF16Generic(want, 3*Cols, p.a, 20, p.w, 3, p.k, false)
		p.mul(got, 3*Cols, 20, false)
		if !slices.Equal(got[:20*3*Cols], want[:20*3*Cols]) {
			t.Errorf("%s differs", set.Name)
		}
	}
}

// An element depends on its own row and column only, and not on how many rows there are.
func TestRowsOfMulBF16AreIndependent(t *testing.T) {
	for _, set := range setsOf(BF16) {
		const k, rows, n = 576, 50, 5
		p := newBF16Product(rand.New(rand.NewPCG(2, 2)), set, rows, n, k)
		want := make([]float32, PadRows(rows)*n*Cols)
		p.mul(want, n*Cols, rows, false)
		for row := range rows {
			alone := BF16Rows{LD: k, Data: slices.Repeat([]uint16{0x7fc0}, Rows*k)}
			copy(alone.Data, p.a.Data[row*p.a.LD:][:k])
			got := make([]float32, Rows*n*Cols)
			set.MulBF16(got, n*Cols, alone, 1, p.w, n, k, false)
			if !slices.Equal(got[:n*Cols], want[row*n*Cols:][:n*Cols]) {
				t.Errorf("%s: row %d is another alone", set.Name, row)
			}
		}
	}
}

// A NaN or infinity among the activations makes its row NaN or infinite, and no other.
func TestMulBF16PassesNaNOn(t *testing.T) {
	for _, set := range setsOf(BF16) {
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			p := newBF16Product(rand.New(rand.NewPCG(5, 6)), set, 3, 2, 96)
			p.x[p.k+40] = float32(bad)
			p.pack()
			c := make([]float32, Rows*2*Cols)
			p.mul(c, 2*Cols, 3, false)
			for j, v := range c[:3*2*Cols] {
				finite := v-v == 0
				if middle := j/(2*Cols) == 1; finite == middle {
					t.Fatalf("%s: %v in row 1: C[%d][%d] = %v", set.Name, bad, j/(2*Cols), j%(2*Cols), v)
				}
			}
		}
	}
}

// Tiles of AMX are state of a thread: they must stand goroutines that change threads, and signals.
func TestMulBF16WhileThreadsAreInterrupted(t *testing.T) {
	for _, set := range setsOf(BF16)[1:] {
		const rows, n, k = 49, 6, 544
		var products sync.WaitGroup
		for i := range 4 * runtime.GOMAXPROCS(0) {
			products.Go(func() {
				p := newBF16Product(rand.New(rand.NewPCG(9, uint64(i))), set, rows, n, k)
				want := make([]float32, PadRows(rows)*n*Cols)
				p.mul(want, n*Cols, rows, false)
				for range 20 {
					c := make([]float32, PadRows(rows)*n*Cols)
					p.mul(c, n*Cols, rows, false)
					if !slices.Equal(c[:rows*n*Cols], want[:rows*n*Cols]) {
						t.Errorf("%s: the same product is another", set.Name)
					}
					runtime.GC() // interrupts all that runs
				}
			})
		}
		products.Wait()
	}
}

// Numbers and products below the smallest normal float32 count as what they are or as zero, and disturb nothing.
func TestMulBF16OfDenormals(t *testing.T) {
	for _, set := range setsOf(BF16) {
		p := newBF16Product(rand.New(rand.NewPCG(5, 7)), set, 2, 1, 32)
		clear(p.x)
		p.pack()
		p.a.Data[0], p.a.Data[1] = 0x0040, 0x3f80             // 2^-127, which is denormal, and 1
		p.w[0], p.w[1] = 0x7f00, 0x4000                       // by 2^127 and 2: 1 and 2
		p.a.Data[p.a.LD], p.a.Data[p.a.LD+1] = 0x2000, 0x3f80 // 2^-63 and 1
		p.w[2], p.w[3] = 0x1f80, 0x4000                       // by 2^-64 and 2: 2^-127 and 2
		c := make([]float32, Rows*Cols)
		p.mul(c, Cols, 2, false)
		if c[0] != 2 && c[0] != 3 || c[Cols+1] != 2 {
			t.Errorf("%s: %v, want 2 or 3, and %v, want 2", set.Name, c[0], c[Cols+1])
		}
	}
}

// Round gives the same bits in all Sets, at every exponent.
func TestRound(t *testing.T) {
	var x []float32
	for high := range 1 << 16 {
		for _, low := range []uint32{0, 1, 0x7fff, 0x8000, 0x8001, 0xffff} {
			x = append(x, math.Float32frombits(uint32(high)<<16|low))
		}
	}
	for _, set := range setsOf(BF16) {
		got := make([]uint16, len(x))
		set.Round(got, x)
		for i, v := range x {
			g := fromBF16(got[i])
			switch normal := math.Abs(float64(v)) >= 0x1p-126; {
			case v != v:
				if g == g {
					t.Fatalf("%s: a NaN, %x, became %v", set.Name, math.Float32bits(v), g)
				}
			case !normal:
				if g != 0 || math.Signbit(float64(g)) != math.Signbit(float64(v)) {
					t.Fatalf("%s: %v became %v", set.Name, v, g)
				}
			case g != nearest(v):
				t.Fatalf("%s: %v became %v, want %v", set.Name, v, g, nearest(v))
			}
			if got[i] != toBF16(v) {
				t.Fatalf("%s: %x became %x, want %x", set.Name, math.Float32bits(v), got[i], toBF16(v))
			}
		}
	}
}

// engine.md's measure: the relative RMS error of a product of Gaussian numbers in bfloat16.
func TestAccuracyOfMulBF16(t *testing.T) {
	for _, set := range setsOf(BF16) {
		const rows, n, k = 12, 4, 1024
		p := newBF16Product(rand.New(rand.NewPCG(11, 11)), set, rows, n, k)
		c := make([]float32, rows*n*Cols)
		p.mul(c, n*Cols, rows, false)
		var difference, size float64
		for i, got := range c {
			var want float64
			for j := range k {
				want += float64(p.x[i/(n*Cols)*k+j]) * float64(p.weights[i%(n*Cols)*k+j])
			}
			difference += (float64(got) - want) * (float64(got) - want)
			size += want * want
		}
		relative := 100 * math.Sqrt(difference/size)
		t.Logf("%s: %.2f %%", set.Name, relative)
		if relative > 0.3 {
			t.Errorf("%s: the relative error is %.2f %%, want below 0.3 %%", set.Name, relative)
		}
	}
}

func BenchmarkMulBF16(b *testing.B) {
	for _, set := range setsOf(BF16) {
		for _, shape := range []struct{ n, k int }{{3072 / Cols, 1024}, {1024 / Cols, 3072}} {
			b.Run(fmt.Sprintf("%s/%dx%d", set.Name, shape.n*Cols, shape.k), func(b *testing.B) {
				const rows = 252
				p := newBF16Product(rand.New(rand.NewPCG(1, 1)), set, rows, shape.n, shape.k)
				c := make([]float32, rows*shape.n*Cols)
				for b.Loop() {
					p.mul(c, shape.n*Cols, rows, false)
				}
				b.ReportMetric(float64(b.N)*rows*float64(shape.n*Cols*shape.k)/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}
