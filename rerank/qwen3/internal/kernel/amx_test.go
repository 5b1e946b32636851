//go:build amd64 && !purego

package kernel

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/quern-search/quern/rerank/qwen3/internal/bochstest"
	"golang.org/x/sys/cpu"
)

// An emulated product is one in bfloat16 by AMX in a guest, beside what it is given.
type emulated struct {
	*bf16Product
	rows, ldc int
	add       bool
	c         []float32 // before it is run
	at        uint64    // where C is in the guest
}

// emulate has a guest call the functions that mulBF16AMX would, on copies of what they would be given.
func emulate(g *bochstest.Guest, p *bf16Product, rows int, add bool) emulated {
	e := emulated{bf16Product: p, rows: rows, ldc: p.n*Cols + 5, add: add}
	e.c = random(rand.New(rand.NewPCG(1, 1)), rows*e.ldc)
	a, w := g.Put(bytesOf(p.a.Data)), g.Put(bytesOf(p.w))
	e.at = g.Put(bytesOf(e.c))
	for s := range tiledBF16(e.c, e.ldc, p.a, rows, p.w, p.n, p.k, add).strips() {
		moved := move(s, [3]uint64{a, w, e.at}, unsafe.Pointer(&p.a.Data[0]), unsafe.Pointer(&p.w[0]), unsafe.Pointer(&e.c[0]))
		g.Call(fmt.Sprintf("kernel.amxBF16x%dx%d", s.height, s.width), g.Put(moved))
	}
	return e
}

// move returns a strip whose A, B and C, which begin here, begin there.
func move(s strip, there [3]uint64, a, b, c unsafe.Pointer) []byte {
	moved := slices.Clone(bytesOf([]strip{s}))
	for i, pointer := range []struct {
		field      uintptr
		here, base unsafe.Pointer
	}{{unsafe.Offsetof(s.a), s.a, a}, {unsafe.Offsetof(s.b), s.b, b}, {unsafe.Offsetof(s.c), s.c, c}} {
		binary.LittleEndian.PutUint64(moved[pointer.field:], there[i]+uint64(uintptr(pointer.here)-uintptr(pointer.base)))
	}
	return moved
}

// result is C after the guest ran. No number between its rows may have changed.
func (e emulated) result(t *testing.T, g *bochstest.Guest) []float32 {
	c := make([]float32, len(e.c))
	g.Get(bytesOf(c), e.at)
	for i := range c {
		if i%e.ldc >= e.n*Cols && c[i] != e.c[i] {
			t.Fatalf("element %d outside the product changed", i)
		}
	}
	return c
}

// Whole products in an emulator: every remainder of rows and panels, and of k in blocks of the cache.
func TestMulBF16AMXInBochs(t *testing.T) {
	g := bochstest.New(t)
	r := rand.New(rand.NewPCG(1, 9))
	var all []emulated
	for _, rows := range []int{1, 15, 16, 17, 31, 32, 33, 48, 70} {
		for _, shape := range []struct{ n, k int }{{1, 32}, {2, 64}, {3, 544}, {5, 96}} {
			for _, add := range []bool{false, true} {
				all = append(all, emulate(g, newBF16Product(r, generic(), rows, shape.n, shape.k), rows, add))
			}
		}
	}
	g.Run()
	for _, e := range all {
		t.Run(fmt.Sprintf("%dx%dx%d", e.rows, e.n*Cols, e.k), func(t *testing.T) {
			e.check(t, e.result(t, g), e.c, e.ldc, e.rows, e.add)
		})
	}
}

// What reliable checks is right in an emulator: sums of whole numbers are exact.
func TestWholeNumbersOfAMXInBochs(t *testing.T) {
	g := bochstest.New(t)
	r := rand.New(rand.NewPCG(2, 9))
	p := newBF16Product(r, generic(), 49, 3, 1056)
	for _, numbers := range [][]float32{p.x, p.weights} {
		for i := range numbers {
			numbers[i] = float32(r.IntN(129) - 64)
		}
	}
	p.pack()
	e := emulate(g, p, 49, false)
	g.Run()
	want, got := make([]float32, len(e.c)), e.result(t, g)
	mulBF16Generic(want, e.ldc, p.a, 49, p.w, p.n, p.k, false)
	for i := range want {
		if i%e.ldc < p.n*Cols && got[i] != want[i] {
			t.Fatalf("element %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// Numbers that are none make their own row so, and those below the smallest normal float32 count as zero.
func TestStrangeNumbersOfAMXInBochs(t *testing.T) {
	g := bochstest.New(t)
	bad := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}
	var all []emulated
	for _, x := range bad {
		p := newBF16Product(rand.New(rand.NewPCG(5, 6)), generic(), 20, 2, 96)
		p.x[18*p.k+40] = x
		p.pack()
		all = append(all, emulate(g, p, 20, false))
	}
	small := newBF16Product(rand.New(rand.NewPCG(5, 7)), generic(), 1, 1, 32)
	clear(small.a.Data)
	small.a.Data[0], small.a.Data[1] = 0x0040, 0x3f80 // 2^-127, which is denormal, and 1
	small.w[0], small.w[1] = 0x7f00, 0x4000           // by 2^127 and 2
	zero := emulate(g, small, 1, false)
	g.Run()
	for i, e := range all {
		for j, v := range e.result(t, g) {
			if row, column := j/e.ldc, j%e.ldc; column < e.n*Cols && (v-v == 0) == (row == 18) {
				t.Fatalf("%v in row 18: C[%d][%d] = %v", bad[i], row, column, v)
			}
		}
	}
	if c := zero.result(t, g); c[0] != 2 {
		t.Errorf("with a denormal number the sum is %v, want 2", c[0])
	}
}

// Whole sums in 8 bits are exact: of all remainders of rows, one panel and two, and the largest numbers of both signs.
func TestInt8OfAMXInBochs(t *testing.T) {
	g := bochstest.New(t)
	r := rand.New(rand.NewPCG(3, 9))
	type run struct {
		a, pair []byte
		rows, k int
		sums    *[rowsInt8 * 2 * Cols]int32
		at      uint64
	}
	var all []run
	for _, rows := range []int{1, 15, 16, 17, 31, 32, 33, 48, rowsInt8} {
		for panels := range 2 {
			for _, k := range []int{32, 64, 352} {
				e := run{rows: rows, k: k, sums: new([rowsInt8 * 2 * Cols]int32)}
				e.a, e.pair = make([]byte, rows*(k+Int8Step)), make([]byte, Int8Bytes(panels+1, k))
				for i := range e.a {
					e.a[i] = byte(r.IntN(256))
				}
				for row := range (panels + 1) * Cols {
					PackInt8(e.pair, row, random(r, k))
				}
				copy(e.a, slices.Repeat([]byte{0x80, 127}, k/2))
				a, w := g.Put(e.a), g.Put(e.pair)
				e.at = g.Put(bytesOf(e.sums[:]))
				for s := range tiledInt8(e.sums, e.a, k+Int8Step, rows, e.pair, k).strips() {
					moved := move(s, [3]uint64{a, w, e.at}, unsafe.Pointer(&e.a[0]), unsafe.Pointer(&e.pair[0]), unsafe.Pointer(e.sums))
					g.Call(fmt.Sprintf("kernel.amxInt8x%dx%d", s.height, s.width), g.Put(moved))
				}
				all = append(all, e)
			}
		}
	}
	g.Run()
	for _, e := range all {
		g.Get(bytesOf(e.sums[:]), e.at)
		for i, got := range e.sums {
			row, panel, column, want := i/(2*Cols), i%(2*Cols)/Cols, i%Cols, int32(0)
			if row < e.rows && panel < len(e.pair)/Int8Bytes(1, e.k) {
				for j := range e.k {
					want += int32(int8(e.a[row*(e.k+Int8Step)+j])) * int32(int8(e.pair[panel*Int8Bytes(1, e.k)+(j/4*Cols+column)*4+j%4]))
				}
			}
			if got != want {
				t.Fatalf("%d rows, k=%d: sum %d is %d, want %d", e.rows, e.k, i, got, want)
			}
		}
	}
}

// What is around those sums needs AVX-512 only.
func TestAroundInt8OfAMX(t *testing.T) {
	if !cpu.X86.HasAVX512F || !cpu.X86.HasAVX512DQ {
		t.Skip("this CPU has no AVX-512")
	}
	r := rand.New(rand.NewPCG(4, 9))
	tiny := float32(math.SmallestNonzeroFloat32)
	for name, x := range map[string][]float32{
		"noise": random(r, 96), "zeros": make([]float32, 32), "denormals": slices.Repeat([]float32{tiny, -3 * tiny}, 16),
		"the largest": slices.Repeat([]float32{math.MaxFloat32, -math.MaxFloat32, 1}, 32),
		"ties":        append([]float32{127}, slices.Repeat([]float32{0.5, 1.5, 2.5, -0.5, -1.5}, 19)...),
		"the last":    append(make([]float32, 63), -5),
	} {
		got, want := make([]byte, len(x)), make([]byte, len(x))
		if g, w := quantiseRowAVX512(got, x), quantiseRowGeneric(want, x); g != w || !slices.Equal(got, want) {
			t.Errorf("%s: %v x %v, want %v x %v", name, g, got, w, want)
		}
	}
	if scale := quantiseRowAVX512(make([]byte, 32), append(make([]float32, 31), float32(math.NaN()))); scale == scale {
		t.Errorf("a NaN was lost: %v", scale)
	}
	const rows, ldc = 7, 19
	sums, scales, columns := make([]int32, rows*2*Cols), random(r, 2*rows), random(r, Cols)
	for i := range sums {
		sums[i] = int32(r.IntN(1<<20) - 1<<19)
	}
	for _, add := range []bool{false, true} {
		c := random(r, rows*ldc)
		before := slices.Clone(c)
		scaleInt8(&c[0], 4*ldc, &sums[0], rows, &scales[0], 8, &bytesOf(columns)[0], add)
		for i, got := range c {
			row, column, want := i/ldc, i%ldc, before[i]
			if column < Cols {
				if want = float32(sums[row*2*Cols+column]) * (scales[2*row] * columns[column]); add {
					want += before[i]
				}
			}
			if got != want {
				t.Fatalf("add %t: C[%d][%d] = %v, want %v", add, row, column, got, want)
			}
		}
	}
}

// A Set is dropped if one element is off, be it the last one.
func TestReliable(t *testing.T) {
	right := generic()
	if !reliable(right) || !reliableInt8(right) {
		t.Error("the specification is not reliable")
	}
	wrong := generic()
	wrong.MulBF16 = func(c []float32, ldc int, a BF16Rows, rows int, w []uint16, n, k int, add bool) {
		mulBF16Generic(c, ldc, a, rows, w, n, k, add)
		c[(rows-1)*ldc+n*Cols-1]++
	}
	wrong.MulInt8 = func(c []float32, ldc int, a Q8Rows, rows int, w []byte, n, k int, add bool) {
		mulInt8Generic(c, ldc, a, rows, w, n, k, add)
		c[(rows-1)*ldc+n*Cols-1] *= 1.001
	}
	if reliable(wrong) || reliableInt8(wrong) {
		t.Error("a wrong element was not found")
	}
}

// bytesOf is how numbers lie in memory.
func bytesOf[T any](x []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(*new(T))))
}
