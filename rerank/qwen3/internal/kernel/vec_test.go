package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(got float32, want, relative float64) bool {
	return math.Abs(float64(got)-want) <= relative*math.Abs(want)+1e-37
}

func TestSiLU(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	gate, up := random(r, 64), random(r, 64)
	for i := range gate {
		gate[i] *= 10
	}
	copy(gate, []float32{0, -100, 100, -87.4, 87.4, -200, 1e-30, -1e-30})
	for _, set := range Sets() {
		got := slices.Clone(gate)
		set.SiLU(got, up)
		for i, g := range gate {
			want := float64(g) / (1 + math.Exp(-float64(g))) * float64(up[i])
			if !near(got[i], want, 1e-6) && math.Abs(want) > 1e-34 {
				t.Errorf("%s: SiLU(%v)*%v = %v, want %v", set.Name, g, up[i], got[i], want)
			}
		}
		got[3] = float32(math.NaN())
		set.SiLU(got, up)
		if got[3] == got[3] {
			t.Errorf("%s: a NaN was lost", set.Name)
		}
	}
}

func TestSumSquaresAndScale(t *testing.T) {
	for _, set := range Sets() {
		for _, n := range []int{16, 32, 48, 128, 1024, 2560} {
			r := rand.New(rand.NewPCG(2, uint64(n)))
			x, weight := random(r, n), random(r, n)
			var want float64
			for _, v := range x {
				want += float64(v) * float64(v)
			}
			if got := set.SumSquares(x); !near(got, want, 1e-5) {
				t.Errorf("%s: sum of squares of %d = %v, want %v", set.Name, n, got, want)
			}
			dst := make([]float32, n)
			set.Scale(dst, x, weight, 0.3)
			for i := range dst {
				if want := x[i] * float32(0.3) * weight[i]; dst[i] != want {
					t.Fatalf("%s: %v scaled = %v, want %v", set.Name, x[i], dst[i], want)
				}
			}
		}
	}
}

func TestRotate(t *testing.T) {
	for _, set := range Sets() {
		for _, n := range []int{8, 16, 32, 64} {
			r := rand.New(rand.NewPCG(3, uint64(n)))
			x, cos, sin := random(r, 2*n), make([]float32, n), make([]float32, n)
			for i := range n {
				s, c := math.Sincos(r.Float64() * 7)
				cos[i], sin[i] = float32(c), float32(s)
			}
			got := slices.Clone(x)
			set.Rotate(got, cos, sin)
			for i := range n {
				a, b, c, s := float64(x[i]), float64(x[i+n]), float64(cos[i]), float64(sin[i])
				if math.Abs(float64(got[i])-(a*c-b*s)) > 1e-6 || math.Abs(float64(got[i+n])-(b*c+a*s)) > 1e-6 {
					t.Errorf("%s: pair %d of %d: %v, %v", set.Name, i, n, got[i], got[i+n])
				}
			}
		}
	}
}

// Assembly gives one result, to the bit, whatever the class of CPU: what is not tiled is the same function today.
func TestMulF32IsTheSameInAllAssembly(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	const rows, n, k = 13, 7, 96
	a, b := random(r, PadRows(rows)*k), random(r, n*k*Cols)
	var want []float32
	for _, set := range Sets()[1:] {
		c := make([]float32, PadRows(rows)*n*Cols)
		set.MulF32(c, n*Cols, a, k, rows, b, k*Cols, n, k, false)
		if c = c[:rows*n*Cols]; want == nil {
			want = c
		}
		if !slices.Equal(c, want) {
			t.Errorf("%s differs", set.Name)
		}
	}
}
