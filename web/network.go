package web

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// clientIP tells who asks: the peer of the connection, or, where that is a trusted proxy, whom it names in
// X-Forwarded-For. That header is read from its end, past proxies that are trusted too: what stands before, anybody can have
// written. No other X-Forwarded header is read at all, since links in answers are relative.
func clientIP(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	// By itself echo would trust every private address.
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		a := p.Masked().Addr()
		trust = append(trust, echo.TrustIPRange(&net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(p.Bits(), a.BitLen())}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

// corsMaxAge is how many seconds a browser may remember that it may ask; browsers themselves bound it at some hours.
const corsMaxAge = 3600

// cors lets pages of other origins read answers. Which headers they may send is theirs to say: with no cookies to guard,
// a header opens nothing that a program could not send as well.
func cors(origins []string) echo.MiddlewareFunc {
	return middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOrigins:  origins,
		ExposeHeaders: []string{echo.HeaderXRequestID, HeaderModel, HeaderTruncated, echo.HeaderRetryAfter},
		MaxAge:        corsMaxAge,
	})
}

// CheckOrigin says what is wrong with an entry of [Config.CORSOrigins].
func CheckOrigin(origin string) error {
	if origin == "*" {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Contains(u.Host, "*") || origin != u.Scheme+"://"+u.Host {
		return fmt.Errorf("%q is no origin: give scheme, host and port as a browser sends them, such as https://shop.example.com, or * for all", origin)
	}
	return nil
}
