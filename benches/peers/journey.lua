-- The three requests of the journey, in turn, for wrk.
local login = '{"name":"Ada","password":"obviously-fake"}'
local requests, turn = {}, 0

function init()
  requests[1] = wrk.format("POST", "/session", { ["content-type"] = "application/json" }, login)
  requests[2] = wrk.format("GET", "/pitches")
  requests[3] = wrk.format("GET", "/pitches/7a54")
end

function request()
  turn = turn % 3 + 1
  return requests[turn]
end
