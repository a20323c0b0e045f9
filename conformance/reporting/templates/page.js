"use strict";
// Makes the page quicker to read; without it everything is there as well. It never inserts HTML.
(function () {
  var main = document.getElementById("main");
  var tools = document.getElementById("tools");
  var search = document.getElementById("search");
  var found = document.getElementById("found");
  var chips = Array.prototype.slice.call(tools.querySelectorAll("button[data-v]"));
  var items = Array.prototype.slice.call(main.querySelectorAll(".cause, .case, .requirements tr[id]"));

  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var wanted = chips.filter(function (chip) { return chip.getAttribute("aria-pressed") === "true"; })
      .map(function (chip) { return chip.dataset.v; });
    var shown = 0;
    items.forEach(function (item) {
      var text = words.length ? item.textContent.toLowerCase() : "";
      var fits = words.every(function (word) { return text.indexOf(word) >= 0; });
      var verdicts = (item.dataset.v || "").split(" ");
      var fitting = !wanted.length || wanted.some(function (one) { return verdicts.indexOf(one) >= 0; });
      item.hidden = !(fits && fitting);
      if (!item.hidden) {
        shown += 1;
        if (words.length || wanted.length) { open(item.parentElement); }
      }
    });
    found.textContent = words.length || wanted.length ? shown + " of " + items.length + " findings, rules and cases" : "";
  }

  function open(element) {
    for (; element && element !== main; element = element.parentElement) {
      if (element.tagName === "DETAILS") { element.open = true; }
    }
  }

  function follow() {
    var target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) {
      open(target);
      target.scrollIntoView();
    }
  }

  function copy(event) {
    var button = event.currentTarget;
    var source = document.getElementById(button.dataset.of);
    function said(word) {
      button.textContent = word;
      setTimeout(function () { button.textContent = "Copy"; }, 1500);
    }
    function select() {
      var range = document.createRange();
      range.selectNodeContents(source);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      said("Selected");
    }
    if (navigator.clipboard) {
      navigator.clipboard.writeText(source.textContent).then(function () { said("Copied"); }, select);
    } else {
      select();
    }
  }

  Array.prototype.forEach.call(main.querySelectorAll("[data-copy]"), function (source, number) {
    var button = document.createElement("button");
    source.id = source.id || "copy-" + number;
    button.type = "button";
    button.className = "copy";
    button.dataset.of = source.id;
    button.textContent = "Copy";
    button.addEventListener("click", copy);
    source.parentNode.insertBefore(button, source);
  });
  chips.forEach(function (chip) {
    chip.addEventListener("click", function () {
      chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") === "true" ? "false" : "true");
      filter();
    });
  });
  ["open", "close"].forEach(function (name) {
    document.getElementById(name).addEventListener("click", function () {
      Array.prototype.forEach.call(main.querySelectorAll("details"), function (one) { one.open = name === "open"; });
    });
  });
  search.addEventListener("input", filter);
  addEventListener("hashchange", follow);
  tools.hidden = false;
  if (location.hash) { follow(); }
})();
