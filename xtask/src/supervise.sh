# Runs a server for as long as its standard input is open: whoever holds the other end may be killed, and the server
# ends all the same.
#
# supervise.sh SIGNAL FOLDER COMMAND...: ends COMMAND by SIGNAL, then removes FOLDER. Meanwhile the process of COMMAND is
# in FOLDER/supervised.pid.
signal=$1 folder=$2
shift 2
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
echo "$server" >"$folder/supervised.pid"
# Again and again, since a command that has yet to become the server may not have heeded it.
{ read -r _; while kill -s "$signal" "$server"; do sleep 0.1; done; } <&3 2>/dev/null &
watch=$!
wait "$server"
status=$?
kill "$watch" 2>/dev/null
rm -rf "$folder"
exit "$status"
