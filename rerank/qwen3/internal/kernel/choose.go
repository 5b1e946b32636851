package kernel

import (
	"fmt"
	"os"
	"strings"
)

// Best returns the fastest Set that this CPU runs. The environment variable QUERN_CPU names another one ("generic" is
// always there); an unknown or impossible name is an error that lists what there is.
func Best() (Set, error) {
	sets := Sets()
	name := os.Getenv("QUERN_CPU")
	if name == "" {
		return sets[len(sets)-1], nil
	}
	var names []string
	for _, s := range sets {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Set{}, fmt.Errorf("kernel: QUERN_CPU=%q is not a kernel that this machine runs: unset it, or use one of: %s",
		name, strings.Join(names, ", "))
}

// Sets returns every Set that this CPU runs, slowest first.
func Sets() []Set { return append([]Set{generic()}, native()...) }
