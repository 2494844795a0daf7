package exchange

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// faultMember is the member of W3C baggage by which a request asks for faults, at each gateway on its way.
const faultMember = "mockforge.fault"

// maxFaultRequest bounds what a request can ask for, in bytes, with what is for other gateways.
const maxFaultRequest = 4096

// FaultHeader is the header by which answers say what was injected, and requests ask for it.
const FaultHeader = "X-MockForge-Fault"

// faultHeader is FaultHeader as net/http keeps it.
var faultHeader = http.CanonicalHeaderKey(FaultHeader)

// Wanted are the faults that a request asks for.
type Wanted struct {
	faults []scenario.Fault
	// header reports whether the request's header was obeyed: it then ends here, but for what it asks of other gateways.
	header bool
	rest   string
}

// wantedOf reads what the request asks of the gateway with that name: by the header X-MockForge-Fault, and by the
// baggage, whose faults are left out where the header asks for the same kind. The error says which of them is wrong.
func wantedOf(h http.Header, gateway string, limits scenario.Limits) (Wanted, error) {
	mine, rest, err := partsOf(strings.Join(h[faultHeader], ";"), gateway)
	if err != nil {
		return Wanted{}, fmt.Errorf("%s: %w", FaultHeader, err)
	}
	a := Wanted{header: mine != "", rest: rest}
	if a.faults, err = readFaults(mine, limits); err != nil {
		return Wanted{}, fmt.Errorf("%s: %w", FaultHeader, err)
	}
	carried, err := carriedFaults(h["Baggage"], gateway, limits)
	if err != nil {
		return Wanted{}, fmt.Errorf("baggage member %s: %w", faultMember, err)
	}
	inHeader := map[scenario.FaultKind]bool{}
	for _, f := range a.faults {
		inHeader[f.Kind] = true
	}
	for _, f := range carried {
		if !inHeader[f.Kind] {
			a.faults = append(a.faults, f)
		}
	}
	return a, nil
}

func carriedFaults(baggage []string, gateway string, limits scenario.Limits) ([]scenario.Fault, error) {
	value, err := baggageMember(baggage, faultMember)
	if err != nil {
		return nil, err
	}
	mine, _, err := partsOf(value, gateway)
	if err != nil {
		return nil, err
	}
	return readFaults(mine, limits)
}

func readFaults(value string, limits scenario.Limits) ([]scenario.Fault, error) {
	if value == "" {
		return nil, nil
	}
	faults, err := scenario.ParseFaultRequest(value)
	if err != nil {
		return nil, err
	}
	return faults, limits.CheckFaults(faults)
}

// partsOf parts what is asked of one gateway from what is asked of others: "error=503@payments" is for payments alone,
// what names none is for each.
func partsOf(value, gateway string) (mine, rest string, err error) {
	if len(value) > maxFaultRequest {
		return "", "", fmt.Errorf("must have at most %d bytes, has %d", maxFaultRequest, len(value))
	}
	var own, others []string
	for item := range strings.SplitSeq(value, ";") {
		item = strings.TrimSpace(item)
		wanted, name, named := strings.Cut(item, "@")
		switch {
		case item == "":
		case named && strings.TrimSpace(name) != gateway:
			others = append(others, item)
		default:
			own = append(own, strings.TrimSpace(wanted))
		}
	}
	return strings.Join(own, ";"), strings.Join(others, ";"), nil
}

// baggageMember returns the value of the member with that key, decoded; empty where there is none (W3C Baggage, section 3.2).
// Members of others are not looked at, so that one that is wrong does no harm.
func baggageMember(headers []string, key string) (string, error) {
	for _, header := range headers {
		for member := range strings.SplitSeq(header, ",") {
			name, value, ok := strings.Cut(member, "=")
			if !ok || strings.TrimSpace(name) != key {
				continue
			}
			// What follows a semicolon are properties.
			value, _, _ = strings.Cut(value, ";")
			decoded, err := url.PathUnescape(strings.TrimSpace(value))
			if err != nil {
				return "", fmt.Errorf("must be percent-encoded: %w", err)
			}
			return decoded, nil
		}
	}
	return "", nil
}

// Forward leaves in the header of a request that is forwarded what is asked of other gateways.
func (a Wanted) Forward(h http.Header) {
	switch {
	case !a.header:
	case a.rest == "":
		delete(h, faultHeader)
	default:
		h[faultHeader] = []string{a.rest}
	}
}
