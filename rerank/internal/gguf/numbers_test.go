package gguf

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// halfValue is a half by its definition, in float64.
func halfValue(h uint16) float64 {
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	exponent, fraction := int(h>>10&31), float64(h&1023)
	switch exponent {
	case 0:
		return math.Copysign(math.Ldexp(fraction, -24), sign)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

func TestEveryHalf(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		got, want := Half(h), halfValue(h)
		if math.IsNaN(want) {
			if back := ToHalf(got); got == got || back != h|0x200 {
				t.Errorf("%#04x: %v, and back %#04x, want a NaN", h, got, back)
			}
			continue
		}
		if math.Float32bits(got) != math.Float32bits(float32(want)) {
			t.Errorf("%#04x is %v, want %v", h, got, want)
		}
		if back := ToHalf(got); back != h {
			t.Errorf("%v became %#04x, want %#04x", got, back, h)
		}
	}
}

// Between two neighbouring halves, the middle goes to the even one and what is beside the middle to the nearer.
func TestToHalfRoundsToNearestEven(t *testing.T) {
	for i := range uint16(0x7c00) {
		low, high := halfValue(i), halfValue(i+1)
		if i+1 == 0x7c00 {
			high = 65536 // where the next half would be
		}
		middle, even := float32((low+high)/2), i+i&1
		for x, want := range map[float32]uint16{
			middle: even, math.Nextafter32(middle, 0): i, math.Nextafter32(middle, 1e6): i + 1,
			-middle: even | 0x8000,
		} {
			if got := ToHalf(x); got != want {
				t.Fatalf("%v became %#04x, want %#04x", x, got, want)
			}
		}
	}
	for x, want := range map[float32]uint16{1e6: 0x7c00, float32(math.Inf(-1)): 0xfc00, math.SmallestNonzeroFloat32: 0, 1e-9: 0} {
		if got := ToHalf(x); got != want {
			t.Errorf("%v became %#04x, want %#04x", x, got, want)
		}
	}
}

func TestBrainFloats(t *testing.T) {
	for _, c := range []struct{ in, want uint32 }{
		{0x3f800000, 0x3f800000}, {0x3f808000, 0x3f800000}, {0x3f808001, 0x3f810000}, {0x3f818000, 0x3f820000},
		{0x7f7fffff, 0x7f800000}, {0xff800000, 0xff800000}, {0x7f800001, 0x7fc00000}, {0xffffffff, 0xffff0000}, {0x80000001, 0x80000000},
	} {
		out := make([]float32, 1)
		if err := Decode(out, BF16, Encode(BF16, []float32{math.Float32frombits(c.in)})); err != nil || math.Float32bits(out[0]) != c.want {
			t.Errorf("%#08x became %#08x (%v), want %#08x", c.in, math.Float32bits(out[0]), err, c.want)
		}
	}
}

// A block of Q8_0 loses at most half a step, and a little for its scale being a half.
func TestQ8(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		in, largest := make([]float32, 64), 0.0
		for i := range in {
			in[i] = float32(random.NormFloat64())
			largest = max(largest, math.Abs(float64(in[i])))
		}
		out := make([]float32, len(in))
		if err := Decode(out, Q8_0, Encode(Q8_0, in)); err != nil {
			t.Fatal(err)
		}
		for i := range in {
			if d := math.Abs(float64(in[i] - out[i])); d > largest/127/2+largest/1024 {
				t.Fatalf("%v became %v", in[i], out[i])
			}
		}
	}
	block := make([]float32, 32)
	block[0], block[1], block[2] = -254, 1, 3 // the scale is 2: quotients -127, .5, 1.5
	if got, want := Encode(Q8_0, block)[:5], []byte{0x00, 0x40, 0x81, 1, 2}; !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  Type
		count int
		bytes int
	}{
		{"a type it does not know", 17, 256, 74}, {"too few bytes", F32, 2, 7}, {"too many", F16, 2, 6}, {"half a block", Q8_0, 16, 18}, {"half a large block", Q4_K, 128, 72},
	} {
		if err := Decode(make([]float32, c.count), c.kind, make([]byte, c.bytes)); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}

func TestTypes(t *testing.T) {
	for kind, want := range map[Type]string{F32: "F32", 12: "Q4_K", 39: "MXFP4", 5: "Q4_3", 4000: "type 4000"} {
		if kind.String() != want {
			t.Errorf("%d is %v, want %v", uint32(kind), kind, want)
		}
	}
	for _, c := range []struct {
		kind       Type
		cols, want int
	}{{F32, 3, 12}, {Q8_0, 64, 68}, {Q8_0, 33, 0}, {12, 512, 288}, {5, 32, 0}, {4000, 32, 0}} {
		if got := c.kind.RowSize(c.cols); got != c.want {
			t.Errorf("a row of %d %v has %d bytes, want %d", c.cols, c.kind, got, c.want)
		}
	}
}
