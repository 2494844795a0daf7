package clickhouse

import (
	"fmt"
	"strconv"
	"strings"
)

// version is that of a server: year and number within it.
type version struct{ year, number int }

func parseVersion(text string) (version, error) {
	parts := strings.SplitN(text, ".", 3)
	if len(parts) < 2 {
		return version{}, fmt.Errorf("the server's version must have a year and a number, is %.40q", text)
	}
	year, err1 := strconv.Atoi(parts[0])
	number, err2 := strconv.Atoi(parts[1])
	if err1 != nil || err2 != nil || year < 0 || number < 0 {
		return version{}, fmt.Errorf("the server's version must have a year and a number, is %.40q", text)
	}
	return version{year, number}, nil
}

// from reports whether v is the version with this year and number, or newer.
func (v version) from(year, number int) bool {
	return v.year > year || v.year == year && v.number >= number
}

// What servers have from which version on. The numbers are those of the changelog of ClickHouse.
func (v version) hasParameters() bool     { return v.from(20, 1) }
func (v version) hasCancelOnClose() bool  { return v.from(19, 14) }
func (v version) hasCodecs() bool         { return v.from(19, 3) }
func (v version) hasLowCardinality() bool { return v.from(19, 3) }
func (v version) hasDateTime64() bool     { return v.from(20, 6) } // with fromUnixTimestamp64Micro
func (v version) hasBloomFilters() bool   { return v.from(20, 1) }
func (v version) hasTTL() bool            { return v.from(19, 13) }
