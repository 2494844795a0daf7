//go:build !linux

package clickhousetest

func directory() string { return "" }
