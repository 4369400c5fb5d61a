# pages.sh - sourced by what measures: gives every tool the same memory to begin with.

# use_pages FOLDER KIB: leaves about as many pages free that were in use just now, 4 GiB at most.
# In a virtual machine the host takes free pages back, and gives each again when it is touched: then
# cp -a of a gigabyte took 4.4 s in place of 0.4 s.
use_pages() {
    local most=$((4 * 1024 * 1024)) wanted=$(($2 + $2 / 4))
    head -c "$((wanted < most ? wanted : most))K" /dev/zero >"$1/pages"
    rm "$1/pages"
}
