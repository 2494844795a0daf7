package main

import (
	"strings"
	"testing"
)

func TestRecordsAreFoundInEachFormOfTheSpool(t *testing.T) {
	for name, file := range map[string]string{
		"this version":       "MFSPOOL2" + strings.Repeat("-", 12) + "mark\x03\x00\x00\x00" + strings.Repeat("-", 16) + "abc" + "mark\x01\x00\x00\x00" + strings.Repeat("-", 16) + "x",
		"the version before": "MFSPOOL1" + "\x03\x00\x00\x00--------abc" + "\x01\x00\x00\x00--------x",
	} {
		found, err := records([]byte(file))
		if err != nil || len(found) != 2 || file[found[0].content:found[0].to] != "abc" || file[found[1].content:found[1].to] != "x" {
			t.Errorf("%s: got %v, %v", name, found, err)
		}
		if _, err := records([]byte(file[:len(file)-1])); err == nil {
			t.Errorf("%s: one that is torn is taken for whole", name)
		}
	}
	for _, other := range []string{"", "MFSPOOL9--------"} {
		if _, err := records([]byte(other)); err == nil {
			t.Errorf("%q is taken for a file of the spool", other)
		}
	}
}
