//go:build !purego

package kernel

import "slices"

// reliable tells whether a Set's AMX gives what the specification does, for strips of every size and both modes. An
// emulator or hypervisor may know the instructions and yet do them wrong; it takes a millisecond to know.
func reliable(s Set) bool {
	const n, k = 3, 64
	for _, rows := range []int{17, 33} {
		a := BF16Rows{Data: make([]uint16, rows*k), LD: k}
		w := make([]uint16, BF16Numbers(n, k))
		for i := range a.Data { // small whole numbers, whose sums are exact
			a.Data[i] = toBF16(float32(i%13 - 6))
		}
		for i := range w {
			w[i] = toBF16(float32(i%17 - 8))
		}
		got, want := make([]float32, rows*n*Cols), make([]float32, rows*n*Cols)
		for _, add := range []bool{false, true} {
			s.MulBF16(got, n*Cols, a, rows, w, n, k, add)
			mulBF16Generic(want, n*Cols, a, rows, w, n, k, add)
		}
		if !slices.Equal(got, want) {
			return false
		}
	}
	return true
}

// reliableInt8 is reliable for MulInt8.
func reliableInt8(s Set) bool {
	const n, k = 3, 96
	for _, rows := range []int{17, 33} {
		a := Q8Rows{Data: make([]byte, rows*2*k), LD: 2 * k, Scales: make([]float32, rows), LDScales: 1}
		for i := range a.Data {
			a.Data[i] = byte(i * 7)
		}
		for i := range a.Scales {
			a.Scales[i] = float32(i%3 + 1)
		}
		w := make([]byte, Int8Bytes(n, k))
		for row := range n * Cols {
			x := make([]float32, k)
			for i := range x {
				x[i] = float32((row+i*i)%255 - 127)
			}
			PackInt8(w, row, x)
		}
		got, want := make([]float32, rows*n*Cols), make([]float32, rows*n*Cols)
		for _, add := range []bool{false, true} {
			s.MulInt8(got, n*Cols, a, rows, w, n, k, add)
			mulInt8Generic(want, n*Cols, a, rows, w, n, k, add)
		}
		for i := range want {
			if diff := got[i] - want[i]; !(diff*diff <= 1e-10*(1+want[i]*want[i])) {
				return false
			}
		}
	}
	return true
}
