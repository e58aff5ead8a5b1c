# rclone: a copy, a list, a check, a purge.
mkdir -p tree/a && printf 'hello' > 'tree/a/b c.txt'
once() { rclone --retries 1 --low-level-retries 1 "$@"; }
once mkdir b2:rclone-tour
once copy tree b2:rclone-tour
once lsf -R b2:rclone-tour
once check tree b2:rclone-tour
once deletefile 'b2:rclone-tour/a/b c.txt'
true
