package main

import (
	"net/netip"

	"github.com/spf13/pflag"

	"github.com/quern-search/quern/web"
)

// networkFlags say what stands between a server and those who ask it.
type networkFlags struct {
	proxies []string
	origins []string
}

func (f *networkFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.proxies, "trusted-proxy", nil, "believe X-Forwarded-For from the reverse proxies in `NETWORK`, such as 10.0.0.0/8 or one address; repeat it for more")
	flags.StringArrayVar(&f.origins, "cors-origin", nil, "let pages of `ORIGIN`, such as https://shop.example.com, ask from browsers, or * for all; repeat it for more")
}

// set writes the flags into cfg, or says which cannot be.
func (f networkFlags) set(cfg *web.Config) error {
	for _, text := range f.proxies {
		p, err := parseNetwork(text)
		if err != nil {
			return usagef("--trusted-proxy is %q: give a network such as 10.0.0.0/8, or an address", text)
		}
		cfg.TrustedProxies = append(cfg.TrustedProxies, p)
	}
	for _, origin := range f.origins {
		if err := web.CheckOrigin(origin); err != nil {
			return usagef("--cors-origin: %w", err)
		}
	}
	cfg.CORSOrigins = f.origins
	return nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Prefix(a.BitLen())
	}
	return netip.ParsePrefix(text)
}
