"""Trouble that is nobody's fault: SlowDown with retries, an incident, a cap, a connection that breaks."""

from tries import attempt, client

b2 = client(retries=4)
attempt(b2.create_bucket, Bucket="server-tour")
for number in range(4):
    attempt(b2.put_object, Bucket="server-tour", Key=f"busy/{number}.txt", Body=b"hello")
attempt(b2.put_object, Bucket="server-tour", Key="incident.txt", Body=b"hello")
attempt(b2.get_object, Bucket="server-tour", Key="busy/0.txt")
attempt(b2.get_object, Bucket="server-tour", Key="capped.txt")
attempt(b2.head_object, Bucket="server-tour", Key="broken.txt")
