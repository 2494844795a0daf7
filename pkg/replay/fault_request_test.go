package replay

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestTheMemberThatAsksForFaultsIsTakenOutOfBaggage(t *testing.T) {
	for name, test := range map[string]struct {
		lines, want []string
		dropped     bool
	}{
		"none":              {nil, nil, false},
		"others":            {[]string{"a=1, b=2;p", " c=3"}, []string{"a=1, b=2;p", " c=3"}, false},
		"alone":             {[]string{"mockforge.fault=error%3D503"}, nil, true},
		"first":             {[]string{"mockforge.fault=error, a=1"}, []string{" a=1"}, true},
		"in between":        {[]string{"a=1 ,\tmockforge.fault = x;p=1 , b=2"}, []string{"a=1 , b=2"}, true},
		"last":              {[]string{"a=1,mockforge.fault=x"}, []string{"a=1"}, true},
		"twice":             {[]string{"mockforge.fault=x,a=1,mockforge.fault=y", "mockforge.fault=z"}, []string{"a=1"}, true},
		"without a value":   {[]string{"mockforge.fault,a=1"}, []string{"a=1"}, true},
		"another case":      {[]string{"Mockforge.Fault=x"}, []string{"Mockforge.Fault=x"}, false},
		"a longer name":     {[]string{"mockforge.faults=x, x.mockforge.fault=y"}, []string{"mockforge.faults=x, x.mockforge.fault=y"}, false},
		"in a value":        {[]string{"a=mockforge.fault"}, []string{"a=mockforge.fault"}, false},
		"in a property":     {[]string{"a=1;mockforge.fault=x"}, []string{"a=1;mockforge.fault=x"}, false},
		"not UTF-8, beside": {[]string{"a=\xe9,mockforge.fault=x"}, []string{"a=\xe9"}, true},
		"empty lines stay":  {[]string{"", ","}, []string{"", ","}, false},
	} {
		header := http.Header{"X-Other": {"mockforge.fault=x"}}
		if test.lines != nil {
			header["Baggage"] = slices.Clone(test.lines)
		}
		dropped := dropFaultMember(header)
		if diff := cmp.Diff(test.want, header["Baggage"]); diff != "" || (len(dropped) == 1) != test.dropped || header.Get("X-Other") == "" {
			t.Errorf("%s: dropped %v, baggage (-want +got):\n%s", name, dropped, diff)
		}
	}
	for name, want := range map[string]int{"X-MockForge-Fault": 1, "x-mockforge-fault": 1, "X-MockForge-Faults": 0} {
		if got := askedForFaults(recording.Recording{Headers: recording.Values{name: {"error"}}}); len(got) != want {
			t.Errorf("%s: dropped %v", name, got)
		}
	}
}

func FuzzDropFaultMember(f *testing.F) {
	f.Add("a=1, mockforge.fault=error%3D503;p , b=2")
	f.Add(",,mockforge.fault,=")
	f.Fuzz(func(t *testing.T, line string) {
		members := func(lines []string) (faults, others []string) {
			for _, line := range lines {
				for member := range strings.SplitSeq(line, ",") {
					if name, _, _ := strings.Cut(member, "="); strings.TrimSpace(name) == faultMember {
						faults = append(faults, member)
					} else if strings.TrimSpace(member) != "" {
						others = append(others, member)
					}
				}
			}
			return faults, others
		}
		header := http.Header{"Baggage": {line, "x=y"}}
		_, before := members(header["Baggage"])
		dropped := dropFaultMember(header)
		faults, after := members(header["Baggage"])
		if len(faults) > 0 || !slices.Equal(before, after) {
			t.Errorf("%q: %q is left, of %q there is %q (dropped %v)", line, faults, before, after, dropped)
		}
	})
}
