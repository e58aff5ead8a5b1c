"""Answers out of a cassette: recorded calls played back, in the order that each object saw, without a network.

Pure: no socket, no file, no clock. A door (server, plugin, handler) feeds it heads and payloads and writes its answers:

    player = Player(cassette)
    intake = Intake(request.headers)            # feed it the body as it comes
    played = player.ask(request, intake.finish(), now=time.time())
    if isinstance(played, Miss):
        answer = miss_answer(played, request, now)
    write(answer.response.status, answer.headers(now)); for window in answer.windows(): write(window)
"""
