"use client";

import { type PointerEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Button } from "./button.tsx";

type ZoomableProps = Readonly<{
  label: string;
  /** The drawing's own size in px. */
  width: number;
  height: number;
  /** What is shown first where not all of it is: a point of the drawing. */
  start: Readonly<{ x: number; y: number }> | undefined;
  /** An SVG that fills its box. */
  children: ReactNode;
}>;

/** Smaller than this nothing can be read: the drawing is scrolled instead. */
const SMALLEST_FIT = 0.6;
const STEP = 1.25;
const SMALLEST = 0.2;
const LARGEST = 3;
/** A press that moves less is a click. */
const SLACK_PX = 4;

/** A drawing that fits its box where it stays readable, and can be zoomed, scrolled and dragged. */
export function Zoomable({ label, width, height, start, children }: ZoomableProps): ReactNode {
  const [zoom, setZoom] = useState<number>();
  const box = useRef<HTMLElement>(null);
  const pressed = useRef<{ x: number; y: number; isDragged: boolean }>(undefined);

  // Only once: whoever looks at something else later is not drawn back.
  const first = useRef(start);
  useEffect(() => {
    const { current } = box;
    if (current !== null && first.current !== undefined) {
      const scale = scaleOf(current, width);
      current.scrollTo(
        first.current.x * scale - current.clientWidth / 2,
        first.current.y * scale - current.clientHeight / 2,
      );
    }
  }, [width]);

  function fit(): void {
    const { current } = box;
    if (current !== null) {
      setZoom(Math.min(1, current.clientWidth / width, current.clientHeight / height));
    }
  }

  function zoomBy(factor: number): void {
    setZoom(Math.min(LARGEST, Math.max(SMALLEST, (box.current === null ? 1 : scaleOf(box.current, width)) * factor)));
  }

  function press(event: PointerEvent): void {
    // A finger scrolls by itself.
    if (event.pointerType === "mouse" && event.button === 0) {
      pressed.current = { x: event.clientX, y: event.clientY, isDragged: false };
    }
  }

  function drag(event: PointerEvent): void {
    const from = pressed.current;
    if (from === undefined || event.buttons === 0) {
      return;
    }
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (from.isDragged || Math.hypot(dx, dy) > SLACK_PX) {
      box.current?.scrollBy(-dx, -dy);
      pressed.current = { x: event.clientX, y: event.clientY, isDragged: true };
    }
  }

  const size =
    zoom === undefined
      ? { width: "100%", maxWidth: width, minWidth: Math.round(width * SMALLEST_FIT) }
      : { width: Math.round(width * zoom) };
  return (
    <div className="relative">
      <section
        ref={box}
        aria-label={label}
        className="max-h-[min(640px,75vh)] overflow-auto"
        onPointerDown={press}
        onPointerMove={drag}
        onClickCapture={(event) => {
          if (pressed.current?.isDragged) {
            event.preventDefault();
            event.stopPropagation();
          }
          pressed.current = undefined;
        }}
        onDragStart={(event) => event.preventDefault()}
      >
        <div className="mx-auto" style={{ ...size, aspectRatio: `${width} / ${height}` }}>
          {children}
        </div>
      </section>
      <div className="absolute right-2 bottom-2 flex gap-1">
        <Button small onClick={() => zoomBy(STEP)} aria-label="Zoom in">
          +
        </Button>
        <Button small onClick={() => zoomBy(1 / STEP)} aria-label="Zoom out">
          −
        </Button>
        <Button small onClick={fit} aria-label="Fit the drawing into its box">
          Fit
        </Button>
      </div>
    </div>
  );
}

function scaleOf(box: HTMLElement, width: number): number {
  return (box.firstElementChild?.clientWidth ?? width) / width;
}
