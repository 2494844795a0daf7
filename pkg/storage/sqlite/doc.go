// Package sqlite keeps what the product stores in one file, for a collector that has no database server: recordings and what analysis
// found in them, the scenario with its presets and history, traffic, the instance that is running.
//
// One process has the file at a time (see Open). Within it one connection writes, and others read what was committed before they
// began.
package sqlite
